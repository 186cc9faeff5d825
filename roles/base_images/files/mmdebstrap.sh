# shellcheck shell=bash disable=SC2154,SC2164
# Goes on from apt.sh.
# Makes the folder rootfs of the packages in the folder debs, installed by mmdebstrap. They were verified when they came, so that this
# needs no mirror but for mmdebstrap, which is unpacked and not installed, with what the host lacks of Perl.
folder=$PWD
mkdir -p tools archives/partial
archive "$host" apt-get --option=Dir::State::status=/var/lib/dpkg/status --option=Dir::Cache::archives="$folder/archives" \
  --option=Debug::NoLocking=true install --yes --no-install-recommends --download-only mmdebstrap >"$work/said" 2>&1 ||
  { words "$work/said" >&2; exit 1; }
for deb in archives/*.deb; do
  test ! -e "$deb" || dpkg-deb --extract "$deb" tools
done
for library in tools/usr/share/perl/5* tools/usr/lib/*/perl/5* tools/usr/share/perl5 tools/usr/lib/*/perl5; do
  test ! -d "$library" || PERL5LIB=${PERL5LIB:-}${PERL5LIB:+:}$folder/$library
done
hooks=$folder/tools/usr/share/mmdebstrap/hooks
test -d "$hooks" || hooks=/usr/share/mmdebstrap/hooks

# The packages as a source of their own: apt's words on each, but for where it is.
mkdir repository
names=()
for deb in debs/*.deb; do
  names+=("$(basename "$deb" | sed -E 's/%3a/:/g; s/^([^_]+)_([^_]+)_([^_]+)\.deb$/\1:\3=\2/; s/:all=/=/')")
  mv "$deb" "repository/$(basename "$deb" | sed 's/%3a/-/')"
done
archive "$BASE_IMAGES_RELEASE" apt-cache show "${names[@]}" | awk -F ': ' '
  $1 == "Package" { package = $2 } $1 == "Version" { version = $2; sub(":", "-", version) } $1 == "Architecture" { architecture = $2 }
  $1 != "Filename" { line[++lines] = $0 }
  /^$/ {
    if (package != "") { print "Filename: ./" package "_" version "_" architecture ".deb"; for (i = 1; i <= lines; i++) print line[i] }
    package = ""; lines = 0
  }' >repository/Packages
# Mmdebstrap takes what is essential from the release of that name alone.
printf '%s\n' "Codename: $BASE_IMAGES_RELEASE" 'SHA256:' \
  " $(sha256sum <repository/Packages | cut -d ' ' -f 1) $(stat --format=%s repository/Packages) Packages" >repository/Release

export PATH=$folder/tools/usr/bin:$PATH:/usr/sbin:/sbin PERL5LIB=${PERL5LIB:-}
mmdebstrap --quiet --mode=root --variant=minbase --include="$BASE_IMAGES_INCLUDE" --hook-dir="$hooks/merged-usr" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/lintian/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  "$BASE_IMAGES_RELEASE" rootfs "deb [trusted=yes] copy:$folder/repository ./" >"$work/said" 2>&1 || { words "$work/said" >&2; exit 1; }

cd rootfs
find dev -mindepth 1 -delete
find var/lib/apt/lists var/cache -type f -delete
rm -f etc/hostname etc/resolv.conf
tr ';' '\n' <<<"$BASE_IMAGES_SOURCES" >etc/apt/sources.list
# As in Docker's own images of Debian: services do not start, and apt keeps neither archives nor unpacked lists in a layer.
printf '%s\n' '#!/bin/sh' 'exit 101' >usr/sbin/policy-rc.d
chmod 0755 usr/sbin/policy-rc.d
clean='"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true";'
printf '%s\n' "DPkg::Post-Invoke { $clean };" "APT::Update::Post-Invoke { $clean };" \
  'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' >etc/apt/apt.conf.d/docker-clean
echo 'Acquire::GzipIndexes "true";' >etc/apt/apt.conf.d/docker-gzip-indexes
echo 'Acquire::Languages "none";' >etc/apt/apt.conf.d/docker-no-languages
