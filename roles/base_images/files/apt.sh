# shellcheck shell=bash disable=SC1091,SC2016
# What resolve.sh, download.sh and mmdebstrap.sh begin with.
set -euo pipefail
export LC_ALL=C
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/cache/archives/partial"
# Reading the index of a release takes apt seconds. It keeps what it read, beside the files that it goes by, but in a dry run.
kept=$work
test "${BASE_IMAGES_CHECK:-False}" = True || kept=$BASE_IMAGES_CACHE
mkdir -p "$kept"
test -e "$kept/status" || : >"$kept/status"
host=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

# archive RELEASE PROGRAM ...: apt-get or apt-cache, with Debian's own packages of one release alone. What is installed on the host
# and where else it gets packages from has no say; its proxies, keys and pins have.
archive() {
  local release=$1 program=$2 lists=() uris
  shift 2
  if test ! -e "$work/$release.list"; then
    uris=$(apt-get --option=Dir::Cache::pkgcache="$kept/host.bin" --option=Dir::Cache::srcpkgcache= indextargets --format \
      '$(ORIGIN) $(CODENAME) $(RELEASE) $(REPO_URI) $(COMPONENT)' 'Identifier: Packages')
    awk -v host="$host" -v release="$release" '
      $1 == "Debian" && ($2 == host || $2 == host "-updates" || $2 == host "-security") {
        if (release == host) print "deb", $4, $3, $5
        else { sub("^" host, release, $2); print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $4, $2, $5 }
      }' <<<"$uris" | sort -u >"$work/$release.list"
    if test ! -s "$work/$release.list"; then
      rm "$work/$release.list"
      echo "apt has no index of Debian's $host on this host" >&2
      return 100
    fi
    cmp --silent "$work/$release.list" "$kept/$release.list" || cp "$work/$release.list" "$kept/$release.list"
  fi
  if test "$release" != "$host"; then
    lists=(--option=Dir::State::Lists="$BASE_IMAGES_CACHE/$release" --option=Dir::Etc::Preferences=/dev/null --option=Dir::Etc::PreferencesParts=-)
  fi
  # apt's own user may not write into folders of root; it is of use only while the network is read.
  "$program" -qq --option=Dir::Etc::SourceList="$kept/$release.list" --option=Dir::Etc::SourceParts=- \
    --option=Dir::State::status="$kept/status" --option=Dir::Cache="$work/cache" --option=Dir::Cache::pkgcache="$kept/$release.bin" \
    --option=Dir::Cache::srcpkgcache= \
    --option=Acquire::ForceHash=SHA256 --option=APT::Sandbox::User=root "${lists[@]}" "$@"
}

# The words of apt in one line.
words() {
  sed 's/^[EW]: //' "$@" | paste -sd ' '
}
