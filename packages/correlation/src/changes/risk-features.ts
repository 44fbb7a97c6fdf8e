import type { Mechanism } from "@faultline/contracts";
import { wordsOf } from "../graph/names.ts";
import { codeOf, type DiffLines } from "./parse-diff.ts";

/** One thing about a change that can break something, how it breaks it, and how sure that is. */
export interface Risk {
	what: string;
	mechanisms: readonly Mechanism[];
	/** 0 to 1. */
	weight: number;
	/** Numbers that it changed: before, after. */
	numbers?: [number, number];
}

/** What of a diff could make software fail, by its shape: guards lost, limits moved, calls in loops, things kept for ever... */
export function risksOf(lines: DiffLines): Risk[] {
	const removed = codeOf(lines.removed);
	const added = codeOf(lines.added);
	return [
		...guards(removed, added),
		...constants(removed, added),
		...callsInLoops(removed, added, lines.context),
		...kept(added),
		...patterns(removed, added),
	];
}

const GUARD =
	/\b(?:if|unless|assert|require|guard)\b.*(?:[=!]==?\s*(?:nil|null|None|undefined|0|"")|\bis (?:not )?(?:None|null)|\.length|len\(|\bnil\b|\bnull\b|isEmpty|empty\?|has\(|\bin\b|!\w|<|>)|\?\.|\?\?|\.get\([^)]*,|Optional|\.catch\(|try\s*[:{]|except |rescue|catch\s*[({]/;

function* guards(removed: readonly string[], added: readonly string[]): Generator<Risk> {
	const before = removed.filter((l) => GUARD.test(l)).length;
	const after = added.filter((l) => GUARD.test(l)).length;
	if (before > after) {
		yield {
			what: `takes away ${before - after === 1 ? "a check" : `${before - after} checks`}: ${removed.find((l) => GUARD.test(l))?.slice(0, 80)}`,
			mechanisms: ["exceptions", "bad-input", "crash-loop"],
			weight: 0.9,
		};
	}
}

interface NumberAt {
	name: string;
	value: number;
}

/** A number with its unit in code: "5*time.Second", "30_000", "5m". Times in milliseconds. */
const NUMBER =
	/(?<![\w.])(\d[\d_]*(?:\.\d+)?)\s*(?:\*\s*(?:time\.)?(Nanosecond|Microsecond|Millisecond|Second|Minute|Hour)s?|(ms|s|m|h|Mi|Gi|Ki|MB|GB|KB|k|M|G)\b)?/g;
const UNITS: Record<string, number> = {
	Nanosecond: 1e-6,
	Microsecond: 1e-3,
	Millisecond: 1,
	Second: 1e3,
	Minute: 6e4,
	Hour: 3.6e6,
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 3.6e6,
	Ki: 1024,
	Mi: 2 ** 20,
	Gi: 2 ** 30,
	KB: 1e3,
	MB: 1e6,
	GB: 1e9,
	k: 1e3,
	M: 1e6,
	G: 1e9,
};

function numbersIn(line: string): NumberAt[] {
	return [...line.matchAll(NUMBER)].map((m) => ({
		name: line.slice(0, m.index),
		value: Number((m[1] ?? "0").replaceAll("_", "")) * (UNITS[m[2] ?? m[3] ?? ""] ?? 1),
	}));
}

/** What a moved number governs, by the words that stand before it. */
const GOVERNS: readonly [RegExp, Mechanism[]][] = [
	[/probe|liveness|readiness|startup/, ["probe-failing", "crash-loop"]],
	[/timeout|deadline|budget/, ["deadline-too-short", "slow-code", "connections-exhausted"]],
	[/conn|pool|client|session/, ["connections-exhausted", "deadline-too-short"]],
	[/mem|heap|buffer|xmx/, ["memory-exhausted"]],
	[/cache|ttl|evict|lru/, ["slow-queries", "memory-exhausted", "slow-code", "traffic-surge"]],
	[/rate|limit|quota|throttle|burst|qps|rps/, ["rate-limited"]],
	[/retry|retries|attempt|backoff/, ["traffic-surge", "rate-limited", "cpu-saturated"]],
	[/worker|thread|concurren|parallel|goroutine|queue|batch/, ["cpu-saturated", "memory-exhausted", "slow-code", "connections-exhausted"]],
	[/cpu|replica/, ["cpu-saturated", "unschedulable"]],
	[/disk|storage|volume|retention|rotate/, ["disk-full"]],
	[/leeway|skew|expir|tolerance|drift/, ["permission-denied", "certificate-expired"]],
	[/health|period/, ["probe-failing"]],
	[/interval|poll|sleep|delay|ticker/, ["cpu-saturated", "slow-code", "rate-limited"]],
	[/max|min|size|cap|threshold|page/, ["memory-exhausted", "slow-code", "connections-exhausted"]],
];

function* constants(removed: readonly string[], added: readonly string[]): Generator<Risk> {
	const gone = removed.flatMap(numbersIn);
	const come = added.flatMap(numbersIn);
	for (const before of gone) {
		const words = new Set(wordsOf(before.name));
		if (words.size === 0) continue;
		const after = come.find(
			(c) =>
				c.value !== before.value &&
				similar(words, wordsOf(c.name)) &&
				!come.some((x) => x.value === before.value && similar(words, wordsOf(x.name))),
		);
		if (after === undefined) continue;
		const name = [...words].join(" ");
		const governs = GOVERNS.find(([pattern]) => pattern.test(name));
		if (governs === undefined) continue;
		const ratio = Math.max(after.value, before.value) / Math.max(1e-9, Math.min(after.value, before.value));
		yield {
			what: `moves ${name.slice(0, 60)} from ${before.value} to ${after.value}`,
			mechanisms: governs[1],
			// Doubling is a tuning, tenfold is another system; ceilings that fall hurt more than those that rise.
			weight: Math.min(1, 0.35 + 0.2 * Math.log2(ratio)) * (after.value < before.value ? 1 : 0.7),
			numbers: [before.value, after.value],
		};
	}
}

function similar(words: ReadonlySet<string>, others: readonly string[]): boolean {
	const shared = others.filter((w) => words.has(w)).length;
	return shared > 0 && shared >= 0.6 * Math.min(words.size, new Set(others).size);
}

const LOOP = /\bfor\b|\bwhile\b|\.forEach\(|\.map\(|\beach\b|\bin range\b/;
const REMOTE =
	/\b(?:await|ctx|context)\b|query|fetch|http|client|catalog|repository|repo\.|db\.|sql|select|redis|rpc|grpc|find(?:By|One|All)|\.get\w*\(|load\w*\(|request/i;

/** What a loop on one line does each time. */
function withoutHeader(line: string): string {
	return line.replace(/^\s*(?:for|while)\b\s*(?:await\s*)?(?:\((?:[^()]|\([^()]*\))*\)|[^:{]*[:{]?)/, "").trim();
}

function* callsInLoops(removed: readonly string[], added: readonly string[], context: readonly string[]): Generator<Risk> {
	const loop = added.findIndex((l) => LOOP.test(l));
	const inContext = loop < 0 && context.some((l) => LOOP.test(l));
	if (loop < 0 && !inContext) return;
	const body = loop < 0 ? added : added.slice(loop);
	const call = body.map(withoutHeader).find((l) => REMOTE.test(l) && /\(/.test(l) && !removed.some((r) => r.includes(l)));
	const was = removed.some((l) => REMOTE.test(l) && /\(/.test(l) && /await|ctx|query/i.test(l)) && removed.some((l) => LOOP.test(l));
	if (call !== undefined && /\b(?:await|ctx|context)\b|query|fetch|http|sql|db\.|redis|rpc/i.test(call))
		yield {
			what: `calls out in a loop: ${call.slice(0, 80)}`,
			mechanisms: ["slow-queries", "slow-code", "connections-exhausted", "cpu-saturated", "deadline-too-short", "traffic-surge"],
			weight: was ? 0.5 : inContext ? 0.4 : 0.9,
		};
}

const STATIC =
	/^\s*(?:export\s+)?(?:var|let|const|static|private static|public static|global)\b.*(?:\[\]|\{\}|new (?:Map|Set|Array|ArrayList|HashMap|List|Dictionary)|make\(|\bmap\[|= \[\]|= \{\})|^\s*var \w+ \[\]|^[A-Z_a-z]\w* = (?:\[\]|\{\}|dict\(|list\()/;
const GROWS = /append\(|\.push\(|\.add\(|\.put\(|\.set\(|\+=|\]\s*=/;
const BOUNDED =
	/\blru\b|evict|max_?size|capacity|\blimit|bounded|\bttl\b|expire|\.shift\(|delete\(|trim|\bring\b|\bcap\(|slice\(-|[mM]ax[A-Z]\w*|\bMAX_/;

function* kept(added: readonly string[]): Generator<Risk> {
	const holder = added.find((l) => STATIC.test(l));
	if (holder === undefined || added.some((l) => BOUNDED.test(l))) return;
	if (added.some((l) => GROWS.test(l)))
		yield {
			what: `keeps what it collects for ever: ${holder.slice(0, 80)}`,
			mechanisms: ["memory-exhausted", "crash-loop", "slow-code"],
			weight: 0.95,
		};
}

interface Pattern {
	what: string;
	mechanisms: Mechanism[];
	weight: number;
	/** In lines put in that were not there before, in lines taken away that are not put back, or in lines put in with another value than before. */
	side: "added" | "removed" | "moved";
	pattern: RegExp;
}

const PATTERNS: readonly Pattern[] = [
	{
		what: "no longer releases what it opened",
		side: "removed",
		weight: 0.9,
		mechanisms: ["connections-exhausted", "memory-exhausted", "lock-contention"],
		pattern:
			/\bdefer\b.*(?:Close|Release|Unlock|cancel)|\.(?:close|release|end|dispose|unlock|destroy|removeListener|stop)\(|\bfinally\b|\bwith\s+\w+.*:|using\s*\(/,
	},
	{
		what: "no longer limits its time",
		side: "removed",
		weight: 0.7,
		mechanisms: ["slow-code", "connections-exhausted", "deadline-too-short"],
		pattern: /timeout|deadline|AbortSignal/i,
	},
	{
		what: "no longer allows for differing clocks",
		side: "removed",
		weight: 0.9,
		mechanisms: ["permission-denied", "certificate-expired"],
		pattern: /leeway|skew|tolerance|drift/i,
	},
	{
		what: "no longer caches",
		side: "removed",
		weight: 0.7,
		mechanisms: ["slow-queries", "slow-code", "cpu-saturated", "traffic-surge", "rate-limited"],
		pattern: /cache|memo|singleflight|dedupe/i,
	},
	{
		what: "no longer backs off or limits retries",
		side: "removed",
		weight: 0.8,
		mechanisms: ["traffic-surge", "rate-limited", "cpu-saturated", "dependency-down"],
		pattern: /backoff|jitter|circuit|breaker|rate\.?limit|semaphore|maxRetries|max_retries/i,
	},
	{
		what: "retries",
		side: "added",
		weight: 0.5,
		mechanisms: ["traffic-surge", "rate-limited", "cpu-saturated", "connections-exhausted"],
		pattern: /\bretr(?:y|ies)\b/i,
	},
	{
		what: "holds a lock",
		side: "added",
		weight: 0.7,
		mechanisms: ["lock-contention", "slow-code", "connections-exhausted"],
		pattern: /\.Lock\(|FOR UPDATE|LOCK TABLE|synchronized|mutex|ACCESS EXCLUSIVE|advisory_lock/i,
	},
	{
		what: "changes an index or a table",
		side: "added",
		weight: 0.8,
		mechanisms: ["slow-queries", "lock-contention", "exceptions", "bad-input"],
		pattern: /DROP (?:INDEX|COLUMN|TABLE)|ALTER TABLE|RENAME COLUMN|CREATE INDEX(?! CONCURRENTLY)|drop_index|remove_index|rename_column/i,
	},
	{
		what: "asks the database for more",
		side: "added",
		weight: 0.4,
		mechanisms: ["slow-queries", "cpu-saturated", "slow-code", "connections-exhausted"],
		pattern: /SELECT \*|LIKE '%|ORDER BY|CROSS JOIN|LEFT JOIN|lower\(|OFFSET/i,
	},
	{
		what: "runs something in the background",
		side: "added",
		weight: 0.4,
		mechanisms: ["cpu-saturated", "memory-exhausted", "connections-exhausted"],
		pattern: /\bgo func\b|setInterval|new Thread|ThreadPool|create_task|NewTicker|\bspawn\b/,
	},
	{
		what: "matches with another expression",
		side: "added",
		weight: 0.5,
		mechanisms: ["cpu-saturated", "slow-code", "bad-input"],
		pattern: /regexp?\.|re\.compile|new RegExp|MustCompile|Pattern\.compile/i,
	},
	{
		what: "names another host or address",
		side: "moved",
		weight: 0.7,
		mechanisms: ["name-resolution", "dependency-down", "network-unreachable", "missing-configuration"],
		pattern: /https?:\/\/|\.svc\b|\.local\b|\bhost(?:name)?\s*[:=]|\bport\s*[:=]|endpoint\s*[:=]/i,
	},
	{
		what: "runs another image",
		side: "moved",
		weight: 0.8,
		mechanisms: ["image-unavailable", "crash-loop", "exceptions"],
		pattern: /\bimage(?:name|tag|repository)?["']?\s*:\s*\S|\bregistry["']?\s*:\s*\S|^FROM\s+\S+/im,
	},
	{
		what: "uses other credentials",
		side: "moved",
		weight: 0.8,
		mechanisms: ["permission-denied", "missing-configuration", "crash-loop"],
		pattern:
			/(?:secret|credential|password|passwd|api[-_]?key|access[-_]?key|token|service[-_]?account)\w*["']?\s*[:=]|secretKeyRef|imagePullSecrets/i,
	},
	{
		what: "returns early",
		side: "added",
		weight: 0.7,
		mechanisms: ["wrong-result"],
		pattern: /^\s*(?:if|unless)\b.*\b(?:return|continue|break|next)\b|^\s*return\b.*\bif\b/im,
	},
	{
		what: "reads another setting",
		side: "added",
		weight: 0.5,
		mechanisms: ["missing-configuration", "exceptions"],
		pattern: /getenv|process\.env|\benv\[|environ\[|os\.environ|valueFrom|configMapKeyRef|secretKeyRef|viper|Config\.get/i,
	},
	{
		what: "changes who may do what",
		side: "added",
		weight: 0.6,
		mechanisms: ["permission-denied"],
		pattern: /\brole\b|permission|policy|\bscope|audience|\bacl\b|allow|deny|authoriz/i,
	},
	{
		what: "changes how data is read or written",
		side: "added",
		weight: 0.6,
		mechanisms: ["bad-input", "exceptions", "wrong-result"],
		pattern:
			/json:"|unmarshal|deseriali[sz]e|JSON\.parse|parseInt|parseFloat|strconv|encoding|protobuf|schema|Decimal|strptime|DateTimeFormat/i,
	},
	{
		what: "takes a value for granted",
		side: "added",
		weight: 0.45,
		mechanisms: ["exceptions", "bad-input"],
		pattern: /\w\.\w+\.\w+(?!\()|\[0\]|!\.|\.unwrap\(|\.first\b|as unknown as|panic\(|throw new|raise /,
	},
	{
		what: "writes much more to disk or log",
		side: "added",
		weight: 0.5,
		mechanisms: ["disk-full", "cpu-saturated"],
		pattern: /level\s*[:=]\s*"?debug|DEBUG|log_statement|dumpfile|writeFile|os\.Create/,
	},
];

function* patterns(removed: readonly string[], added: readonly string[]): Generator<Risk> {
	const [was, is] = [removed.join("\n"), added.join("\n")];
	// What stood there before, in other words, was moved.
	const put = added.filter((line) => !removed.includes(line)).join("\n");
	for (const { what, mechanisms, weight, side, pattern } of PATTERNS) {
		const all = new RegExp(pattern.source, `${pattern.flags}g`);
		const [gone, come] = [was.match(all)?.length ?? 0, is.match(all)?.length ?? 0];
		if (side === "moved" ? put.match(all) !== null : side === "added" ? come > gone : gone > come) yield { what, mechanisms, weight };
	}
}
