# shellcheck shell=bash disable=SC2034,SC2154  # shares its variables with ops/cluster
# What ops/cluster needs before a server can start: Java, Maven, and the jars of the servers.

readonly KAFKA_VERSION=4.1.1
# Kafka 4.1 logs through slf4j 1.7, for which log4j has a bridge of its own.
readonly KAFKA_LOG4J_VERSION=2.25.3
readonly CASSANDRA_VERSION=5.0.8
readonly MAVEN_DEPENDENCY_PLUGIN_VERSION=3.8.1
readonly DOWNLOAD_SECONDS=900

# Cassandra 5 runs on Java 17 and on nothing newer; Kafka takes the same.
is_java_17() {
    [[ -n $1 && -x $1/bin/java && $("$1/bin/java" -version 2>&1) == *'version "17'[.\"]* ]]
}

find_java() {
    for java_home in "${JAVA_HOME:-}" /usr/lib/jvm/java-17-* "$(realpath "$(command -v java)" 2>/dev/null | sed 's,/bin/java$,,')"; do
        if is_java_17 "$java_home"; then
            return
        fi
    done
    return 1
}

# Installs a package of Debian when a command says that it is missing.
debian() {
    local package=$1 what=$2
    shift 2
    if "$@" >/dev/null 2>&1; then
        return
    fi
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        fail "$what is missing: install it (Debian: apt-get install $package)"
    fi
    printf 'ops/cluster: installing %s\n' "$package"
    { apt_install "$package" || { apt-get update -q >/dev/null && apt_install "$package"; }; } \
        || fail "$what is missing, and apt-get cannot install $package: install it by other means"
    "$@" >/dev/null 2>&1 || fail "$package is installed, but $what is still not found"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >/dev/null
}

pom() {
    local coordinates group artifact version
    cat <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>navette</groupId>
  <artifactId>cluster</artifactId>
  <version>0</version>
  <packaging>pom</packaging>
  <dependencies>
POM
    for coordinates in "$@"; do
        IFS=: read -r group artifact version <<<"$coordinates"
        printf '    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>\n' \
            "$group" "$artifact" "$version"
    done
    cat <<POM
  </dependencies>
</project>
POM
}

# Brings jars with all that they need, once: the stamp, which is written last, says which they are.
jars() {
    local name=$1 folder=$TOOLS/$1
    shift
    if [[ $(cat "$folder/version" 2>/dev/null) == "$*" ]]; then
        return
    fi
    debian maven Maven command -v mvn
    printf 'ops/cluster: downloading %s\n' "$name"
    rm -rf "$folder"
    mkdir -p "$folder"
    pom "$@" >"$folder/pom.xml"
    JAVA_HOME=$java_home timeout "$DOWNLOAD_SECONDS" mvn -B -q -f "$folder/pom.xml" \
        "org.apache.maven.plugins:maven-dependency-plugin:$MAVEN_DEPENDENCY_PLUGIN_VERSION:copy-dependencies" \
        -DincludeScope=runtime -DoutputDirectory="$folder/libs" \
        || fail "the jars of $name cannot be downloaded: are the package registries reached?"
    printf '%s' "$*" >"$folder/version"
}

tools() {
    debian openjdk-17-jre-headless 'Java 17' find_java
    jars kafka "org.apache.kafka:kafka_2.13:$KAFKA_VERSION" "org.apache.kafka:kafka-tools:$KAFKA_VERSION" \
        "org.apache.logging.log4j:log4j-core:$KAFKA_LOG4J_VERSION" "org.apache.logging.log4j:log4j-slf4j-impl:$KAFKA_LOG4J_VERSION"
    jars cassandra "org.apache.cassandra:cassandra-all:$CASSANDRA_VERSION"
}
