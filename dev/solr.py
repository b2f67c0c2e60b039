"""A private Solr 9: libraries from Maven Central, started by dev/solr/Launcher.java."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .clone import Clone, Ports, fingerprint, write_whole
from .messages import StackError, Step, run
from .processes import Service, wait_until

COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
EMPTY_FILES = ("protwords.txt", "synonyms.txt", "stopwords.txt")
# A proxy of the environment must not stand between us and 127.0.0.1.
_local = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch_local(url: str, timeout: float = 60) -> bytes:
    """GET from a server of the stack. Raises OSError if it does not answer with 2xx."""
    with _local.open(url, timeout=timeout) as answer:
        return answer.read()


class Solr(Service):
    """Solr on 127.0.0.1 with one core for each database; all share CKAN's schema."""

    name = "Solr"

    def __init__(self, clone: Clone, ports: Ports):
        super().__init__(clone)
        self.ports = ports
        self.sources = clone.root / "dev" / "solr"
        self.data = clone.dev / "solr"
        self.home = self.data / "home"

    @property
    def port(self) -> int:
        return self.ports.backend("solr", self.usable_port)

    @property
    def url(self) -> str:
        """Address of the server, to which the name of a core is added."""
        return f"http://127.0.0.1:{self.port}/solr"

    def prepare(self, step: Step) -> None:
        self._fetch_libraries(step)
        self._write_home()

    def _fetch_libraries(self, step: Step) -> None:
        stamp = self.data / "complete"
        wanted = fingerprint([self.sources / "pom.xml"], contents=True)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        self.clone.require_space(1)
        library = self.data / "lib"
        shutil.rmtree(library, ignore_errors=True)
        step.say("fetching libraries from Maven Central (95 MB) …")
        run(
            step,
            [
                "mvn",
                "-B",
                "-f",
                self.sources / "pom.xml",
                COPY_JARS,
                "-DincludeScope=runtime",
                f"-DoutputDirectory={library}",
            ],
            log=self.clone.log / "maven.log",
            what="Maven",
        )
        write_whole(stamp, wanted)

    def _schema(self) -> Path:
        found = list((self.clone.dev / "venv").glob("lib/*/site-packages/ckan/config/solr"))
        if not found:
            raise StackError("CKAN's Solr schema was not found in .dev/venv")
        return found[0] / "schema.xml"

    def _write_home(self) -> None:
        conf = self.home / "configsets" / "ckan" / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        write_whole(self.home / "solr.xml", "<solr></solr>\n")
        shutil.copyfile(self._schema(), conf / "schema.xml")
        shutil.copyfile(self.sources / "solrconfig.xml", conf / "solrconfig.xml")
        for name in EMPTY_FILES:
            (conf / name).touch()

    def command(self) -> list[str | Path]:
        return [
            "java", "-Xmx512m", f"-Dsolr.solr.home={self.home}",
            f"-Dsolr.install.dir={self.data}", f"-Dsolr.log.dir={self.clone.log}",
            "-cp", f"{self.data / 'lib'}/*", self.sources / "Launcher.java", str(self.port),
        ]  # fmt: skip

    def ready(self) -> bool:
        """Whether it answers and has loaded, or failed to load, every core that it keeps."""
        try:
            known = self._admin(action="STATUS", indexInfo="false")
        except (OSError, ValueError):
            return False
        kept = {found.parent.name for found in self.home.glob("*/core.properties")}
        return kept <= {*known["status"], *known["initFailures"]}

    def _admin(self, **parameters: str) -> dict[str, dict[str, object]]:
        query = urllib.parse.urlencode({"wt": "json", **parameters})
        return json.loads(fetch_local(f"{self.url}/admin/cores?{query}"))

    def cores(self) -> set[str]:
        """Names of the cores."""
        return set(self._admin(action="STATUS", indexInfo="false")["status"])

    def create(self, core: str) -> None:
        """Create a core and wait until it answers.

        Raises StackError if Solr refuses.
        """
        # Left from an interrupted creation: Solr refuses a folder with core.properties, and keeps
        # what it knew of a core that it could not load.
        if core in self._admin(action="STATUS", indexInfo="false")["initFailures"]:
            self._unload(core)
        shutil.rmtree(self.home / core, ignore_errors=True)
        try:
            self._admin(action="CREATE", name=core, instanceDir=core, configSet="ckan")
        except urllib.error.HTTPError as error:
            raise StackError(f"Solr: {error.read().decode(errors='replace')}") from error
        if not wait_until(lambda: self._answers(core), 30):
            raise StackError(f"Solr: the core {core} does not answer; see {self.log}")

    def _answers(self, core: str) -> bool:
        try:
            fetch_local(f"{self.url}/{core}/admin/ping")
        except OSError:
            return False
        return True

    def drop(self, core: str) -> None:
        """Delete a core with its index, if there is one."""
        if core in self.cores():
            self._unload(core)

    def _unload(self, core: str) -> None:
        self._admin(action="UNLOAD", core=core, deleteInstanceDir="true")
