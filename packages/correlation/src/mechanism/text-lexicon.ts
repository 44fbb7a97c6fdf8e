import type { Mechanism } from "@faultline/contracts";

/** What words of logs, events, alerts and statuses say about how something fails. Earlier entries are more specific. */
interface Clue {
	mechanism: Mechanism;
	pattern: RegExp;
	/** How much one sighting says: 1 names the mechanism, 0.3 is a hint. */
	weight: number;
}

const CLUES: readonly Clue[] = [
	clue(
		"certificate-expired",
		1,
		/x509|certificate (?:has |is )?(?:expired|not yet valid|invalid)|cert(?:ificate)?\b.{0,40}\bexpir|ssl.{0,20}certificate verify failed|unknown certificate authority|expired cert/,
	),
	clue(
		"memory-exhausted",
		1,
		/oom[- ]?kill|out of memory|outofmemory|exit code:? 137|heap space|cannot allocate memory|memory limit|maxmemory|oom command not allowed|memory cgroup|evicted.{0,40}memory|memory ?pressure/,
	),
	clue(
		"disk-full",
		1,
		/no space left|disk (?:is )?full|disk ?pressure|ran out of (?:disk|storage)|storage (?:space )?(?:is )?(?:getting |critically )?(?:low|full|exhausted)|free ?storage ?space|insufficient storage|enospc|disk quota exceeded|could not extend file/,
	),
	clue(
		"connections-exhausted",
		1,
		/too many (?:clients|connections|open connections)|connection slots|max_?connections|connection limit|pool (?:is )?exhausted|(?<!https?connection)pool.{0,30}(?:time ?out|timed out|exhaust|full)|acquir\w+ (?:a )?connection|remaining connection|queuepool limit|no (?:free|available|idle) connections?|maxclients|max number of clients/,
	),
	clue(
		"image-unavailable",
		1,
		/imagepullbackoff|errimagepull|failed to pull image|pulling image|manifest unknown|manifest for .{1,200} not found|invalid image name/,
	),
	clue(
		"unschedulable",
		1,
		/failedscheduling|unschedulable|insufficient (?:cpu|memory|pods|ephemeral)|nodes are available|exceeded quota|didn'?t match .{0,40}(?:affinity|selector)|untolerated taint/,
	),
	// A failing liveness or startup probe restarts what it probes; a failing readiness probe only takes traffic from what is not well anyhow.
	clue("probe-failing", 0.9, /(?:liveness|startup) probe|failed .{0,20}(?:liveness|startup)/),
	clue("probe-failing", 0.35, /readiness probe|probe failed|failed .{0,20}probe/),
	clue(
		"node-down",
		1,
		/node ?not ?ready|nodenotready|node .{0,60}(?:unreachable|not ready|went down|terminated|is down)|kubelet (?:has )?stopped|node status unknown|instance (?:terminated|retired|stopped unexpectedly)|host (?:failure|hardware)/,
	),
	clue(
		"missing-configuration",
		1,
		/createcontainerconfigerror|(?:configmap|secret|env(?:ironment)? var(?:iable)?|config(?:uration)?|setting|property|key)\b.{0,60}(?:not found|missing|is not set|undefined|required|invalid|does not exist)|missing (?:required )?(?:config|env|setting|key)|couldn'?t find key|invalid configuration|failed to parse config|unknown (?:option|directive|flag)/,
	),
	clue(
		"permission-denied",
		0.9,
		/permission denied|unauthori[sz]ed|\b401\b|\b403\b|invalid (?:token|signature|session)|token (?:is |has )?(?:expired|invalid|revoked)|jwt |access ?denied|accessdenied|forbidden|not authorized|unauthorized operation|insufficient privileges?|no pg_hba|authentication failed|password authentication|invalid credentials|wrongpass|noauth/,
	),
	clue(
		"name-resolution",
		1,
		/no such host|name or service not known|nxdomain|servfail|dns (?:lookup|resolution|timeout|error|fail)|enotfound|getaddrinfo|eai_again|unknownhost|resolver: |lookup \S+ on \S+|temporary failure in name resolution|could not resolve|coredns/,
	),
	clue(
		"rate-limited",
		1,
		/rate ?limit|too many requests|throttl|quota exceeded|status:? 429|\b429\b|provisionedthroughputexceeded|slow ?down/,
	),
	clue(
		"replication-lag",
		1,
		/replica(?:tion)?(?: |_|-)?(?:replay )?(?:is )?(?:lag|behind|delay)|replicalag|seconds_behind|lag exceeded|behind the source/,
	),
	clue(
		"failover",
		0.9,
		/failover|multi-az|primary (?:has )?changed|promoted to primary|became (?:the )?(?:primary|leader|master)|leader election|readonly you can'?t write|master(?:_| )?link|read-only transaction/,
	),
	clue(
		"lock-contention",
		1,
		/deadlock|lock (?:wait )?timeout|lock:(?:relation|tuple|transactionid)|could not obtain lock|waiting for .{0,30}lock|lock contention|blocked by/,
	),
	clue(
		"storage-slow",
		0.8,
		/volume .{0,40}(?:degraded|slow|impaired)|i\/o error|io error|ebs .{0,40}(?:degraded|impaired)|storage latency|burst (?:balance|credit)/,
	),
	clue(
		"deadline-too-short",
		0.6,
		/deadline ?exceeded|context deadline|context canceled by client|budget exceeded|client (?:timeout|gave up)/,
	),
	clue(
		"network-unreachable",
		0.9,
		/no route to host|network (?:is )?unreachable|networkpolicy|network policy|lost contact with|connection (?:was )?reset|econnreset|broken pipe|ehostunreach|network partition|packet loss/,
	),
	clue("crash-loop", 0.8, /crashloopbackoff|back-off restarting|restarted \d+ times|crash loop|crashlooping/),
	clue(
		"traffic-surge",
		0.8,
		/elevated (?:request|traffic)|traffic (?:surge|spike)|request (?:volume|rate) (?:surge|spike|above)|shedding load|server overloaded|overload|load shed|flash crowd|worker pool saturated|request queued/,
	),
	clue(
		"dependency-down",
		0.9,
		/provider (?:outage|incident|degraded)|(?:third|3rd)[- ]party|service (?:disruption|degradation|outage)|upstream provider|partial outage|major outage|external (?:api|service|provider)/,
	),
	clue(
		"bad-input",
		0.8,
		/(?:invalid|illegal|unexpected|wrong) (?:value|type) (?:for|of|in)|expected \w+,? (?:but )?(?:got|found|received)|validation (?:error|failed)|(?:failed to|cannot|could not|unable to) (?:parse|decode|unmarshal|deserialize|deserialise)|malformed|invalid (?:json|payload|format|character|utf|date|message|record|schema)|schema (?:mismatch|violation|validation)|unexpected (?:token|end of|field|type)|constraint violation|violates .{0,30}constraint|poison message|corrupt/,
	),
	clue("cpu-saturated", 0.8, /cpu ?(?:utili[sz]ation|usage|throttl|saturat|pressure|exhaust)|high cpu|cpu (?:is )?(?:above|at) \d/),
	clue(
		"slow-queries",
		0.7,
		/slow quer|full table scan|sequential scan|seq scan|missing index|query (?:took|exceeded|time)|statement timeout|canceling statement/,
	),
	clue(
		"exceptions",
		0.7,
		/panic|nil pointer|null ?pointer|nullreference|undefined is not|cannot read propert|typeerror|attributeerror|keyerror|indexerror|index out of (?:range|bounds)|segmentation fault|sigsegv|unhandled|traceback|stack ?trace|assertion failed|illegal ?state|illegal ?argument|exception\b|referenceerror|syntaxerror|runtimeerror|is not defined|valueerror|zerodivision|division by zero/,
	),
	clue("network-delay", 0.5, /network (?:latency|delay|congestion)|high latency between|retransmi/),
	clue(
		"dependency-down",
		0.4,
		/connection refused|econnrefused|upstream (?:connect|unavailable|error|\d{3})|service unavailable|\b503\b|bad gateway|\b502\b|host is down/,
	),
	clue(
		"network-unreachable",
		0.5,
		/i\/o timeout|connect(?:ion)? timed out|connect(?:ion)? ?timeout|etimedout|unexpected eof|connection closed unexpectedly/,
	),
	clue("deadline-too-short", 0.4, /no response (?:after|within)|did not (?:respond|answer) (?:within|in)/),
	clue("dependency-down", 0.4, /no response|not responding|did not (?:respond|answer)/),
	clue("deadline-too-short", 0.25, /timed? ?out|timeout|deadline/),
	clue("slow-code", 0.25, /slow (?:request|response)|latency|response time|took \d{4,} ?ms/),
	clue("exceptions", 0.25, /5xx|internal server error|\b500\b|error (?:rate|ratio)/),
];

function clue(mechanism: Mechanism, weight: number, pattern: RegExp): Clue {
	return { mechanism, weight, pattern: new RegExp(pattern.source, "i") };
}

const SEEN_CHARS = 600;

/** The mechanisms that a text speaks of, with the weight of the strongest clue of each. Only the first 600 characters are looked at. */
export function mechanismsOfText(text: string): Map<Mechanism, number> {
	const head = text.slice(0, SEEN_CHARS);
	const found = new Map<Mechanism, number>();
	for (const { mechanism, pattern, weight } of CLUES) {
		if (weight > (found.get(mechanism) ?? 0) && pattern.test(head)) found.set(mechanism, weight);
	}
	return found;
}

const BENIGN =
	/(?:successfully|succeeded|recovered|resolved|returned to normal|completed|finished|passed|healthy again|within normal|back to normal|no action (?:is )?(?:needed|required)|transient)/i;
const STILL_BAD = /\b(?:not|never|un)(?:\s+\w+){0,2}\s*(?:recovered|resolved|complete|succe)|still|fail(?:ed|ure|ing)(?! over)/i;

/** Whether a message says that all is well, or well again. */
export function isBenignText(text: string): boolean {
	const head = text.slice(0, SEEN_CHARS);
	return BENIGN.test(head) && !(STILL_BAD.test(head) && !/transient|retried successfully|recovered/i.test(head));
}
