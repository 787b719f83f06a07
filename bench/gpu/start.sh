#!/bin/sh
# Puts a pack together and runs the proof of the GPU path, without a network and without Node:
#   sh start.sh [INTO] [options of the bench, such as --only kernels]
# A run that was ended goes on where it was.
set -eu

pack=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in
  '' | -*) into="$PWD/duramen-gpu" ;;
  *)
    into=$1
    shift
    ;;
esac
say() { echo "duramen: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

for program in tar gzip sha256sum df grep sed; do
  command -v "$program" > /dev/null || fail "A pack is put together with $program, which is not on PATH: install it."
done
for file in pieces.txt SHA256SUMS; do
  [ -f "$pack/$file" ] || fail "$pack holds no whole pack, because $file is not there: copy it, too."
done
mkdir -p "$into/.unpacked" 2> /dev/null || fail "$into cannot be written to: name another folder."
into=$(cd "$into" && pwd)

sums_of() { grep "  $1\.[0-9]*\.gz\$" "$pack/SHA256SUMS"; }
is_unpacked() { [ -f "$into/.unpacked/$1" ] && [ "$(cat "$into/.unpacked/$1")" = "$(sums_of "$1")" ]; }

needed=0
while read -r name target bytes rest; do
  is_unpacked "$name" || needed=$((needed + bytes / 1024 + 1))
done < "$pack/pieces.txt"
free=$(df -Pk "$into" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\).*/\1/p')
[ "$free" -ge "$needed" ] ||
  fail "The pack needs $((needed / 1024)) MB in $into, and the disk has $((free / 1024)) left: make room or name another folder."

while read -r name target bytes rest; do
  if is_unpacked "$name"; then continue; fi
  sums=$(sums_of "$name")
  bad=$(cd "$pack" && echo "$sums" | sha256sum -c 2> /dev/null | grep -v ': OK$' | sed -n '1s/: .*//p') || true
  if [ -n "$bad" ]; then
    if [ -f "$pack/$bad" ]; then fail "The part $bad has another SHA-256 than SHA256SUMS names: copy it again."; fi
    fail "The part $bad is not in $pack: copy it, too."
  fi
  say "unpacking $name"
  mkdir -p "$into/$target"
  (cd "$pack" && echo "$sums" | sed 's/.*  //' | while read -r part; do gzip -dc "$part"; done) |
    tar -xf - -C "$into/$target" || fail "$name could not be unpacked into $into: make room there and start again."
  echo "$sums" > "$into/.unpacked/$name"
done < "$pack/pieces.txt"

if grep -q '^tensorflow-gpu ' "$pack/pieces.txt"; then DURAMEN_TENSORFLOW=gpu; else DURAMEN_TENSORFLOW=cpu; fi
export DURAMEN_TENSORFLOW
export XDG_CACHE_HOME="$into/cache"
export PATH="$into/node:$PATH"
cd "$into/project"
exec "$into/node/node" bench/run.mjs gpu --results "$into/gpu-proof.jsonl" "$@"
