"""Fetches the clients from their package registries into a cache directory outside the tree.

Each function returns what is needed to run a suite, or raises `Missing` with the reason why that is impossible here.
What is in the cache is used as it is; remove the cache directory to fetch newer versions.
"""

import glob
import hashlib
import os
import shutil
import subprocess

#: Version of Apache Kafka that is the reference, and whose tools are run against the broker.
KAFKA_VERSION = "4.3.1"
#: Version of the Java client under test: the newest one.
JAVA_CLIENT_VERSION = "4.4.0"
#: The Python client of librdkafka.
CONFLUENT = "confluent-kafka==2.16.1"
#: Seconds that one installation may take.
INSTALL_SECONDS_MAX = 600


class Missing(Exception):
    """A toolchain or registry is not available; the text says which."""


class Broken(Exception):
    """The suite itself does not compile."""


def cache():
    """The cache directory."""
    default = os.path.join(os.path.expanduser("~"), ".cache", "klamm-interop")
    path = os.environ.get("KLAMM_INTEROP_CACHE") or default
    os.makedirs(path, exist_ok=True)
    return path


def need(program):
    """Returns the path of a program, or raises `Missing`."""
    path = shutil.which(program)
    if path is None:
        raise Missing(f"{program} is not installed")
    return path


def command(argv, what, error_type=Missing, **options):
    """Runs an installer; raises `error_type` with the end of its output if it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{what}: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines()
        raise error_type(f"{what} failed: {lines[-1] if lines else 'exit code ' + str(done.returncode)}")
    return done.stdout


def fingerprint(*parts):
    """Names a cached result by everything it was made from: texts, or paths of files."""
    digest = hashlib.sha256()
    for part in parts:
        if os.path.isfile(part):
            with open(part, "rb") as f:
                digest.update(f.read())
        else:
            digest.update(part.encode())
    return digest.hexdigest()[:16]


def once(directory, key, make):
    """Runs `make()` unless `directory` was completed with the same key before."""
    stamp = os.path.join(directory, ".complete")
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as f:
            if f.read() == key:
                return
        os.remove(stamp)
    os.makedirs(directory, exist_ok=True)
    make()
    with open(stamp, "w", encoding="utf-8") as f:
        f.write(key)


def python(label, *requirements):
    """A virtual environment with the requirements; returns its interpreter."""
    directory = os.path.join(cache(), f"python-{label}")
    interpreter = os.path.join(directory, "bin", "python")

    def make():
        command([need("python3"), "-m", "venv", "--clear", directory], "creating a virtual environment")
        command([interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements],
                f"pip install {' '.join(requirements)}")

    once(directory, fingerprint(*requirements), make)
    return interpreter


def maven(label, *artifacts):
    """The jars of Maven artifacts (`group:artifact:version`) and their dependencies; returns a class path."""
    need("java")
    directory = os.path.join(cache(), f"maven-{label}")
    jars = os.path.join(directory, "jars")

    def make():
        dependencies = "".join(
            "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(*a.split(":"))
            for a in artifacts)
        pom = os.path.join(directory, "pom.xml")
        with open(pom, "w", encoding="utf-8") as f:
            f.write('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
                    "<groupId>interop</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>"
                    f"<dependencies>{dependencies}</dependencies></project>")
        shutil.rmtree(jars, ignore_errors=True)
        command([need("mvn"), "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}",
                 "-DincludeScope=runtime"], f"fetching {', '.join(artifacts)} with Maven")

    once(directory, fingerprint(*artifacts), make)
    return jars


def kafka():
    """The directory of jars of Apache Kafka: broker and tools."""
    return maven("kafka", f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
                 "org.slf4j:slf4j-simple:1.7.36")


def compiled(label, source, jars):
    """Compiles the Java sources of a directory; returns the directory of classes."""
    need("javac")
    files = sorted(glob.glob(os.path.join(source, "*.java")))
    classes = os.path.join(cache(), f"classes-{label}")

    def make():
        shutil.rmtree(classes)
        os.makedirs(classes)
        command(["javac", "-Xlint:all,-processing,-classfile", "-Werror", "-cp", os.path.join(jars, "*"), "-d", classes, *files],
                f"compiling {source}", Broken)

    once(classes, fingerprint(jars, KAFKA_VERSION, JAVA_CLIENT_VERSION, *files), make)
    return classes


def java_suite(source):
    """Compiles the Java suite; returns the argv that runs it."""
    jars = maven("client", f"org.apache.kafka:kafka-clients:{JAVA_CLIENT_VERSION}", "com.fasterxml.jackson.core:jackson-databind:2.19.0",
                 "org.slf4j:slf4j-simple:1.7.36")
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", f"{compiled('java', source, jars)}:{os.path.join(jars, '*')}", "Suite"]


def go_suite(source):
    """Builds the Go suite; returns the program."""
    need("go")
    program = os.path.join(cache(), "go-suite", "suite")
    files = sorted(glob.glob(os.path.join(source, "*.go"))) + [os.path.join(source, "go.mod"), os.path.join(source, "go.sum")]

    def make():
        command(["go", "build", "-o", program, "."], "building the Go suite", cwd=source,
                env={**os.environ, "GOFLAGS": "-mod=readonly", "GOCACHE": os.path.join(cache(), "go-build")})

    once(os.path.dirname(program), fingerprint(*files), make)
    return program


def node_suite(source):
    """Installs the packages of the Node suite; returns (argv, extra environment)."""
    node = need("node")
    directory = os.path.join(cache(), "node")
    files = [os.path.join(source, "package.json"), os.path.join(source, "package-lock.json")]

    def make():
        shutil.rmtree(os.path.join(directory, "node_modules"), ignore_errors=True)
        for file in files:
            shutil.copy(file, directory)
        command([need("npm"), "ci", "--silent", "--no-audit", "--no-fund"], "npm ci", cwd=directory)

    once(directory, fingerprint(*files), make)
    # Modules are looked up from the place of the program, so the program goes beside the packages.
    for script in glob.glob(os.path.join(source, "*.js")):
        shutil.copy(script, directory)
    return [node, os.path.join(directory, "suite.js")]


def kcat():
    """The kcat program; installed with apt-get if that is possible."""
    if shutil.which("kcat") is None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise Missing("kcat is not installed (and cannot be installed here: no apt-get, or not root)")
        install = ["apt-get", "install", "-y", "-q", "kcat"]
        try:
            command(install, "apt-get install kcat")
        except Missing:
            # A machine that is new has no lists of packages, or old ones.
            command(["apt-get", "update", "-q"], "apt-get update")
            command(install, "apt-get install kcat")
    return need("kcat")
