# shellcheck shell=bash disable=SC1003,SC2016
# Makes the root file system that unpack.sh left into one with an interpreter and nothing else to run. No package's script runs,
# so what they would do is done here: users, certificates, the cache of the linker.
python=$(cd usr/bin && ls -d python3.[0-9]*)
ln -s "$python" usr/bin/python3
ln -s "$python" usr/bin/python

mkdir ../busybox
find usr/bin -name busybox -exec mv {} ../busybox/ \;
find usr/bin usr/sbin -mindepth 1 ! -name 'python*' ! -name ldconfig -delete
find usr/share/doc -mindepth 1 ! -type d ! -name copyright -delete
find usr/share/doc -mindepth 1 -type d -empty -delete
mkdir -p etc/ssl/certs
find usr/share/ca-certificates -name '*.crt' | sort | xargs sed -s '$a\' >etc/ssl/certs/ca-certificates.crt
rm -rf usr/share/ca-certificates etc/ca-certificates usr/share/man usr/share/info usr/share/lintian usr/share/bug usr/share/locale \
  usr/share/pixmaps usr/share/applications
find usr/lib/locale -mindepth 1 -maxdepth 1 ! -iname C.utf8 -exec rm -rf {} +

printf '%s\n' \
  root:x:0:0:root:/root:/sbin/nologin \
  nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin \
  nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >etc/passwd
printf '%s\n' root:x:0: tty:x:5: staff:x:50: nobody:x:65534: nonroot:x:65532: >etc/group
printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >etc/nsswitch.conf
install -d -m 0700 -o 65532 -g 65532 home/nonroot
chmod 0700 root
chmod 1777 tmp var/tmp
ln -sfn /run var/run
ln -sfn /run/lock var/lock

# What a debugger looks around with, out of the way of the image's own files.
if test -e ../busybox/busybox; then
  mv ../busybox .
  busybox/busybox --list | while read -r link; do
    test "$link" = busybox || ln -s busybox "busybox/$link"
  done
fi

# Without the cache, Python's find_library finds nothing.
PATH=$PATH:/usr/sbin:/sbin ldconfig -X -r .
rm -rf var/cache/ldconfig
