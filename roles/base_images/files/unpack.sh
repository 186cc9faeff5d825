# shellcheck shell=bash
# Unpacks the folder debs into the folder rootfs, as a system whose programs are all in /usr.
set -euo pipefail
export LC_ALL=C
umask 022
mkdir rootfs
cd rootfs
for folder in bin sbin lib lib64; do
  mkdir -p "usr/$folder"
  ln -s "usr/$folder" "$folder"
done
mkdir -p var/lib/dpkg/status.d
for deb in ../debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar --extract --keep-directory-symlink --preserve-permissions --same-owner
  name=$(dpkg-deb --field "$deb" Package)
  dpkg-deb --field "$deb" >"var/lib/dpkg/status.d/$name"
  dpkg-deb --ctrl-tarfile "$deb" | tar --extract --to-stdout ./md5sums >"var/lib/dpkg/status.d/$name.md5sums"
done
rmdir --ignore-fail-on-non-empty usr/lib64
test -d usr/lib64 || rm lib64
