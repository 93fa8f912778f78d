# shellcheck shell=bash
# What the tests of this folder need: a Docker engine, a base image, an environment, the images.
# Sourced by ./check, from the top folder, behind buildconf/setup.sh.

STANDPY_DEBIAN=${STANDPY_DEBIAN:-bookworm}
registry=standpy-test-$STANDPY_DEBIAN/ # as deployment.py has it

docker_answers() {
    docker version >/dev/null 2>&1
}

# Starts a Docker engine where none answers; docker_process is its number then.
start_docker() {
    ! docker_answers || return 0
    mkdir -p build/containers
    setsid dockerd >build/containers/dockerd.log 2>&1 &
    docker_process=$!
    for ((i = 0; i < 60; i++)); do
        sleep 1
        ! docker_answers || return 0
        kill -0 "$docker_process" 2>/dev/null || break
    done
    cat build/containers/dockerd.log
    stop_docker
    echo "No Docker engine answers, and dockerd does not start: its log is above."
    return 1
}

stop_docker() {
    [ -n "${docker_process-}" ] || return 0
    kill "$docker_process" 2>/dev/null
    wait "$docker_process" 2>/dev/null
    docker_process=
}

# What was built for one Debian's Python runs with the next one's: test_8_environments.py shows it on
# trixie.
base_images() {
    local codename
    for codename in "$STANDPY_DEBIAN" trixie; do
        docker image inspect "debian:$codename-slim" >/dev/null 2>&1 ||
            tests/containers/make-base-image "$codename" || return 1
    done
}

example_environment() {
    local folder=build/containers/coding-shared/envs/example-project-environment
    [ -x "$folder/bin/python3" ] || tests/containers/make-conda-environment "$folder"
}

# build_image DOCKERFILE NAME CONTEXT [CODENAME]
build_image() {
    docker build --network host --build-arg "DEBIAN=${4-$STANDPY_DEBIAN}-slim" \
        --build-arg "REVISION=$(git rev-parse HEAD)" -f "$1" -t "$registry$2:1.0" "$3"
}

images() {
    build_image container/Dockerfile standpy-container . &&
        build_image container/Dockerfile standpy-container-trixie . trixie &&
        build_image router/Dockerfile standpy-router . &&
        build_image tests/containers/Dockerfile tools tests/containers
}
