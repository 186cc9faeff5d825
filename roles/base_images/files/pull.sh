# shellcheck shell=bash
# Reads NAME|ALIASES|REFERENCE, a line for each image, pulls each, and gives it the labels by which teardown knows it again.
# Those of BASE_IMAGES_DERIVED are not what it gave the name to.
# Says "changed NAME ...", "kept NAME ..." and "failed NAME ...".
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

label() {
  docker image inspect --format "{{ with .Config.Labels }}{{ index . \"$2\" }}{{ end }}" "$1" 2>"$work/ignored" || true
}

while IFS='|' read -r name aliases reference; do
  test -n "$name" || continue
  foreign=
  for each in $name ${aliases//,/ }; do
    if docker image inspect "$each" >"$work/ignored" 2>&1 && test -z "$(label "$each" classroom.base_image)"; then
      foreign="$foreign $each"
    fi
  done
  if test -n "$foreign"; then
    echo "failed $name: the engine has${foreign} already, and the role did not make it: remove it, or take the name from the list"
    continue
  fi
  there=$(docker image inspect --format '{{ .Id }}' "$reference" 2>"$work/ignored") || true
  if ! said=$(docker pull --quiet "$reference" 2>&1); then
    case $(label "$name" classroom.package) in
      "$reference "*) echo "kept $name: $reference cannot be pulled ($(tail -n 1 <<<"$said"))" ;;
      *) echo "failed $name: $reference cannot be pulled ($(tail -n 1 <<<"$said"))" ;;
    esac
    continue
  fi
  repository=${reference%%@*}
  test "${repository##*/}" = "${repository##*:}" || repository=${repository%:*}
  digest=$(docker image inspect --format "{{ range .RepoDigests }}{{ println . }}{{ end }}" "$reference" |
    sed -n "s|^\(.*/\)\{0,1\}${repository##*/}@||p" | head -n 1)
  current=yes
  tags=()
  for each in $name ${aliases//,/ }; do
    tags+=("--tag=$each")
    test "$(label "$each" classroom.contents)" = "$digest" || current=
    case " $BASE_IMAGES_DERIVED " in *" $each "*) current= ;; esac
  done
  if test -z "$current"; then
    old=$(docker image inspect --format '{{ .Id }}' "$name" 2>"$work/ignored") || true
    printf 'FROM %s\nLABEL classroom.base_image="pulled" classroom.package="%s %s" classroom.contents="%s"\n' \
      "$reference" "$reference" "$digest" "$digest" | docker build --quiet "${tags[@]}" - >"$work/said" 2>&1 ||
      { echo "failed $name: $(tail -n 1 "$work/said")"; continue; }
    echo "changed $name: $reference $digest"
    test -z "$old" || test "$(docker image inspect --format '{{ len .RepoTags }}' "$old")" != 0 || docker image rm "$old" >"$work/ignored" 2>&1 || true
  fi
  # What the engine had before stays under the name it had.
  test -n "$there" || docker image rm "$reference" >"$work/ignored" 2>&1 || true
done
