#!/bin/sh
# All experiments, into a folder for each: about twelve minutes on two cores. What is there already is not run again.
set -eu
out=$(mkdir -p "${1:-results}" && cd "${1:-results}" && pwd)
cd "$(dirname "$0")"
daskflow sweep stages.py --set stage.nb_tasks=1,2,4,8 --warmup 100 --duration 8 --repeats 3 --out "$out/stages"
daskflow sweep hops.py --set depth=1,2,4,8 --warmup 20 --duration 10 --repeats 3 --out "$out/hops"
daskflow sweep overload.py --set flow_type=batch,realtime --warmup 100 --duration 8 --repeats 3 --out "$out/overload"
daskflow sweep join.py --set tasks=1,2,4 --warmup 50 --duration 8 --repeats 3 --out "$out/join"
daskflow sweep payload.py --set size_kb=1,10,100,1000,6000 --warmup 100 --duration 6 --repeats 3 --out "$out/payload"
daskflow sweep killed.py --set kills=0,1 --repeats 5 --out "$out/killed"
