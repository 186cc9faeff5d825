# shellcheck shell=bash disable=SC2154,SC2164
# Goes on from apt.sh.
# Reads PACKAGE=VERSION, a line for each package, puts the packages into the folder debs, and says when the youngest was made.
mapfile -t packages
mkdir debs
cd debs
archive "$BASE_IMAGES_RELEASE" apt-get download "${packages[@]}" >"$work/said" 2>&1 || { words "$work/said" >&2; exit 1; }
# The header of its first member has the time of a package, after 24 characters.
for deb in *.deb; do
  head -c 36 "$deb" | tail -c 12
  echo
done | sort -n | tail -n 1 | tr -d " "
