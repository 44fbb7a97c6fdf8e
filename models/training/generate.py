"""Log lines from a grammar: words of operations that the recorded corpora lack (hardware, kernels, storage, networks, schedulers), each with its label.

Nothing here is taken from a log. What is said to fail is a failure; what was mended, retried with success, counted as zero or merely shown is not.
"""
from __future__ import annotations

import random

from .corpus import Line

THINGS = {
    "hardware": "memory module|cpu core|processor socket|disk|solid state drive|fan|power supply|temperature sensor|voltage regulator|pci device|bus controller|raid controller|network adapter|cache line|memory bank|register file|clock source|interrupt controller|chassis slot|optical link|gpu|battery|backplane|dma engine|floating point unit|translation buffer|prefetch unit|firmware|hardware monitor|riser card|cable".split("|"),
    "kernel": "kernel|page table|file descriptor table|inode|mount point|swap device|scheduler|thread|process|signal handler|device driver|kernel module|system call|semaphore|mutex|spin lock|watchdog|timer|stack|heap|core file|address space|memory page|interrupt handler|work queue|console|cgroup|loader|program image".split("|"),
    "storage": "volume|block|replica|data node|chunk|file system|journal|snapshot|backup|index|segment|partition|table|checkpoint|write ahead log|object|bucket|archive|shard|tablet|inode table|extent|quota|directory|lease|metadata server".split("|"),
    "network": "connection|socket|link|interface|port|packet|route|gateway|peer|neighbour|session|tunnel|listener|dns server|proxy|load balancer|handshake|certificate|stream|channel|multicast group|switch|vlan|request|reply|broker".split("|"),
    "jobs": "job|task|container|worker|executor|application|service|pod|instance|queue|consumer|producer|scheduler|batch|stage|attempt|workflow|plugin|cron entry|deployment|image|virtual machine|hypervisor|agent|daemon|resource manager".split("|"),
    "access": "user|account|password|token|key|role|permission|session|login|certificate|policy|group|credential|principal|ticket|access list".split("|"),
}
REASONS = "no such file or directory|permission denied|connection refused|connection reset by peer|operation timed out|no space left on device|out of memory|input/output error|broken pipe|invalid argument|bad address|device or resource busy|no route to host|too many open files|checksum mismatch|unexpected end of file|malformed header|host is down|name not resolved|quota exceeded|read-only file system|protocol error|heartbeat missed|node is not responding|invalid credentials|illegal instruction|stale handle|no child processes|exec format error|carrier lost".split("|")
FAILED = [
    "failed to {verb} {thing} {p}: {reason}", "{thing} {p} failed: {reason}", "error {verbing} {thing} {p}", "could not {verb} {thing} {p}, {reason}",
    "cannot {verb} {thing} {p}", "unable to {verb} {thing} {p}: {reason}", "{thing} error: {reason}", "{thing} {p} is down", "{thing} {p} not responding",
    "{verbing} {thing} {p} failed with status {n}", "fatal {thing} error at {a}", "{thing} {p} terminated unexpectedly with signal {n}", "kernel panic: {thing} {reason}",
    "{thing} {p} died: exit code {n}", "lost {thing} {p}", "{thing} timeout after {n} ms", "uncorrectable {thing} error detected at address {a}", "{thing} check failed",
    "{thing} interrupt: unrecoverable {thing2} error", "{thing} fault, address {a}", "aborting {thing} {p}: {reason}", "{thing} crashed", "segmentation fault in {thing} {p}",
    "{thing} {p} rejected: {reason}", "{thing} corrupted at offset {n}", "no {thing} available for {thing2} {p}", "{thing} {p} exceeded its limit of {n}", "killed {thing} {p}: {reason}",
    "assertion failed in {thing}: {a}", "{thing} overrun", "{thing} exception: {reason}", "{thing} hung for more than {n} seconds", "double-bit {thing} error", "{thing} parity error",
    "hardware error: {thing} {n}", "machine check: {thing} {a}", "{thing} {p} unreachable", "giving up on {thing} {p} after {n} attempts", "panic: {reason}", "bad {thing} {p}",
    "exchange of {thing} with {thing2} {p} broke: {reason}", "error reading {thing} {p}", "error writing {thing} {p}: {reason}", "{verbing} {thing}: {reason}", "{thing} power failure on {p}",
    "rejecting {thing} {p}: too many failures", "{thing} {p} marked dead", "{thing} {p} is missing", "{thing} load failed: {reason}",
    "{thing} {verb} failed on {p}: {reason}", "no answer from {thing} {p}", "{thing} shut down due to {reason}", "unhandled {thing} trap {a}",
]
HEALTHY = [
    "{verbed} {thing} {p}", "{verbing} {thing} {p}", "{thing} {p} started", "{thing} {p} is ready", "{thing} {p} completed in {n} ms", "{thing} {p} registered with {thing2} {q}", "accepted {thing} from {p}",
    "corrected {thing} error at address {a}", "{n} {thing} errors detected and corrected", "{thing} parity error corrected", "{thing} {p} recovered", "single-bit {thing} error corrected, count {n}",
    "{n} {thing} corrections so far", "{thing} retry succeeded after {n} attempts", "{thing} {p}: 0 errors", "no errors found on {thing} {p}", "{thing} status: ok", "{thing} {p} state changed from idle to running",
    "{thing} register: {a}", "{thing} count {n}", "{thing} {n}, {thing2} {n}", "{thing}: {a} {a} {a} {a}", "{thing} enabled: {n}", "{thing} checking: {n}", "{thing} timeout set to {n} seconds",
    "waiting for {thing} {p}", "{thing} {p} scheduled on {q}", "removing {thing} {p}", "deleting {thing} {p}", "shutting down {thing} {p}", "stopping {thing} {p}", "{thing} {p} closed by {thing2} {q}", "{thing} {p} exited with code 0",
    "received {thing} {p} of size {n} from {q}", "served {thing} {p} to {q}", "{thing} size {n} bytes, {n} in use", "using {thing} {p}", "version {n} of {thing} loaded", "{thing} listening on {p}", "found {n} {thing}s",
    "creating {thing} {p}", "writing {thing} {p} to {q}", "{n} {thing} events", "{thing} called {n} times in {n} ms", "invalid {thing}s: 0",
    "retrying {thing} {p}, attempt {n}", "{thing} {p} will be retried", "new {thing} {p} allocated", "{thing} {p} verified", "skipping {thing} {p}: nothing to do", "health check of {thing} {p} passed", "{thing} error reporting enabled",
    "{thing} temperature {n} within limits", "{thing} fault injection disabled", "failed {thing}s: 0", "{thing} mapped at {a}", "{thing}={n} {thing2}={n}", "repeated {thing} messages are left out", "{thing} failure detector started",
]
VERBS = "open|read|write|start|stop|load|create|delete|allocate|connect|bind|mount|register|schedule|send|receive|resolve|authenticate|replicate|initialise|verify|flush|lock|fetch|parse|map|transfer|attach|detach|configure".split("|")
IRREGULAR = {"write": "written", "read": "read", "send": "sent", "bind": "bound", "stop": "stopped", "map": "mapped", "transfer": "transferred", "verify": "verified"}
PLACES = ["node-{}", "rack{}-slot{}", "10.{}.{}.{}", "/var/data/{}", "unit {}", "id={}", "#{}", "job_{}_{}", "blk{}", "host{}.example.net", "[{}]", "{}", "eth{}", "0x{}f", "worker-{}", "/dev/sd{}", "10.{}.{}.{}:{}", "'{}'", "pid {}"]
HEADERS = ["", "", "", "", "kernel: ", "{thing}: ", "[{thing}] ", "daemon[{n}]: ", "{thing}.{thing2}: "]


class Grammar:
    """Sentences of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def template(self) -> tuple[str, str, int]:
        """A sentence whose words are chosen and whose parameters are not; its domain and its label."""
        domain = self.random.choice(sorted(THINGS))
        label = int(self.random.random() < 0.5)
        sentence = self.random.choice(HEADERS) + self.random.choice(FAILED if label else HEALTHY)
        verb = self.random.choice(VERBS)
        words = {
            "thing": self._thing(domain), "thing2": self._thing(domain), "verb": verb, "verbing": ing(verb), "verbed": IRREGULAR.get(verb, verb.rstrip("e") + "ed"),
            "reason": self.random.choice(REASONS), "p": self.random.choice(PLACES), "q": self.random.choice(PLACES),
        }
        for name, word in words.items():
            sentence = sentence.replace("{" + name + "}", word)
        if self.random.random() < 0.4:
            sentence = sentence[0].upper() + sentence[1:]
        return sentence, domain, label

    def _thing(self, domain: str) -> str:
        thing = self.random.choice(THINGS[domain])
        if self.random.random() < 0.25:
            thing = "".join(w.title() for w in thing.split()) if self.random.random() < 0.5 else thing.replace(" ", "_")
        return thing

    def fill(self, sentence: str) -> str:
        """The sentence with fresh parameters."""
        for mark, draw in (("{n}", lambda: str(self.random.choice((self.random.randrange(2, 100), self.random.randrange(10_000))))), ("{a}", lambda: f"0x{self.random.randrange(1 << 32):08x}"), ("{}", lambda: str(self.random.randrange(1, 255)))):
            while mark in sentence:
                sentence = sentence.replace(mark, draw(), 1)
        return sentence


def ing(verb: str) -> str:
    return {"stop": "stopping", "map": "mapping", "transfer": "transferring"}.get(verb, (verb[:-1] if verb.endswith("e") else verb) + "ing")


def generate(templates: int, per_template: int, seed: int) -> list[Line]:
    """`templates` sentences, each filled `per_template` times; the normalised form is left empty for `prepare` to fill."""
    grammar = Grammar(seed)
    lines = []
    for i in range(templates):
        sentence, domain, label = grammar.template()
        lines += [Line(f"generated-{domain}", grammar.fill(sentence), "", f"generated:{i}", (), label) for _ in range(per_template)]
    return lines
