# shellcheck shell=bash
# Reads the names of images with the role's labels, a line for each, and says those that were made of one of the role's: what is built on top of an
# image has its labels, too. Made of packages, the role's own have one step, and pulled, their last step gives them the labels.
set -euo pipefail
while read -r name; do
  steps=$(docker image history --no-trunc --format '{{ .CreatedBy }}' "$name")
  case $steps in
    *$'\n'*) ;;
    *) continue ;;
  esac
  case ${steps%%$'\n'*} in
    *'LABEL classroom.base_image='*) ;;
    *) echo "$name" ;;
  esac
done
