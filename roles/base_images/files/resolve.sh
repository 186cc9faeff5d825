# shellcheck shell=bash disable=SC2154,SC2164
# Goes on from apt.sh.
# Reads NAME|ALIASES|RELEASE|download or install|PACKAGES|SETTINGS, a line for each image, and writes a line of JSON for each:
# the versions of its packages today, their digest, and whether the engine's image of that name is current, old, missing or
# foreign, which is somebody else's. Aliases that are somebody else's are others.

# refresh RELEASE: no index is older than an hour.
refresh() {
  local stamp=$BASE_IMAGES_CACHE/$1.updated lists said
  eval "$(apt-config shell lists Dir::State::Lists/d)"
  test "$1" = "$host" || lists=$stamp
  test "$BASE_IMAGES_CHECK" = False || return 0
  # Somebody may have emptied the lists meanwhile.
  if archive "$1" apt-cache show base-files >"$work/ignored" 2>&1 && test -n "$(find "$lists" "$stamp" -maxdepth 0 -mmin -60 2>"$work/ignored")"; then
    return
  fi
  rm -f "$work/$1.list"
  mkdir -p "$BASE_IMAGES_CACHE"
  if test "$1" = "$host"; then
    said=$(apt-get -qq update 2>&1) || true
  else
    mkdir -p "$BASE_IMAGES_CACHE/$1/partial"
    said=$(archive "$1" apt-get update 2>&1) || true
  fi
  # apt takes the old index for good enough, and says so in a warning alone.
  case $said in
    *"Failed to fetch"* | *E:*) echo "$said" >"$work/$1.said" ;;
    *) mkdir -p "$BASE_IMAGES_CACHE" && touch "$stamp" ;;
  esac
}

# state NAME: the digest of the image that has the name; empty where there is none, other where somebody else made it, derived where
# derived.sh says so.
state() {
  local said
  said=$(docker --host="unix://$BASE_IMAGES_SOCKET" image inspect --format '{{ with .Config.Labels }}{{ if index . "classroom.base_image" -}}
    {{ or (index . "classroom.contents") "none" }}{{ else }}other{{ end }}{{ else }}other{{ end }}' \
    "$1" 2>"$work/ignored") || return 0
  case $said in
    other | none) ;;
    *) case " $BASE_IMAGES_DERIVED " in *" $1 "*) said=derived ;; esac ;;
  esac
  echo "$said"
}

set -f
while IFS='|' read -r name aliases release mode packages settings; do
  # The sources of another release come from those of the host's.
  for each in "$host" "$release"; do
    test -e "$work/$each.fresh" || refresh "$each"
    touch "$work/$each.fresh" "$work/$each.said"
  done
  error=
  options=(download)
  test "$mode" = download || options=(install --yes --no-install-recommends)
  # $packages is a list of words, and those with a question mark are patterns of apt and none of the shell.
  # shellcheck disable=SC2086
  if ! archive "$release" apt-get "${options[@]}" --print-uris $packages >"$work/uris" 2>"$work/said"; then
    error=$(words "$work/$release.said" "$work/said" | tr -d '\\"')
    : >"$work/uris"
  fi
  # 'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:DIGEST
  sed -E "s/^'[^']*' //; s/%3a/:/g; s/^([^_]+)_([^_]+)_([^_]+)\.deb ([0-9]+) SHA256:/\1 \2 \3 \4 /" "$work/uris" | sort >"$work/packages"
  contents=$({
    echo "$mode $release $settings"
    test "$mode" = download || cat "$work/$release.list" || true
    cat "$work/packages"
  } | sha256sum | cut -c -32)
  status=current
  others=
  old=
  for each in $name ${aliases//,/ }; do
    state=$(state "$each")
    case $state in
      "$contents") ;;
      other) test "$each" = "$name" && status=foreign || others="$others${others:+, }\"$each\"" ;;
      '') status=missing ;;
      *)
        test "$status" != current || status=old
        test "$each" != "$name" || test "$state" = derived || old=$(docker --host="unix://$BASE_IMAGES_SOCKET" image inspect --format '{{ .Id }}' "$each")
        ;;
    esac
    test "$status" != foreign || break
  done
  printf '{"name": "%s", "release": "%s", "status": "%s", "contents": "%s", "replaces": "%s", "error": "%s", "others": [%s], ' \
    "$name" "$release" "$status" "$contents" "$old" "$error" "$others"
  printf '"sources": "%s", "packages": [%s]}\n' \
    "$(test ! -e "$work/$release.list" || paste -sd ';' "$work/$release.list")" \
    "$(awk '{ printf "%s{\"name\": \"%s\", \"version\": \"%s\", \"architecture\": \"%s\", \"size\": %s, \"sha256\": \"%s\"}",
        (NR > 1 ? ", " : ""), $1, $2, $3, $4, $5 }' "$work/packages")"
done
