// Log lines for the benches: made up from a seed, of systems that there are not. No two files differ but by their seed and kind.

/** A generator of numbers in [0, 1): mulberry32. */
export function random(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

function values(next) {
	const int = (below) => Math.floor(next() * below);
	const hex = (length) => Array.from({ length }, () => "0123456789abcdef"[int(16)]).join("");
	const pick = (all) => all[int(all.length)];
	const words = ["orders", "basket", "ledger", "search"];
	return {
		int: () => String(int(10 ** (1 + int(9)))),
		small: () => String(int(400)),
		block: () => `blk_${next() < 0.5 ? "-" : ""}${int(2 ** 31)}${int(2 ** 31)}`,
		ip: () => `10.${int(256)}.${int(256)}.${int(256)}`,
		endpoint: () => `/10.${int(256)}.${int(256)}.${int(256)}:${1024 + int(60_000)}`,
		uuid: () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
		trace: () => hex(32),
		span: () => hex(16),
		ms: () => `${int(30_000)} ms`,
		clock: () =>
			`${String(int(24)).padStart(2, "0")}:${String(int(60)).padStart(2, "0")}:${String(int(60)).padStart(2, "0")}.${String(int(1000)).padStart(3, "0")}`,
		path: () => `/data/${pick(words)}/part-${int(1000)}.log`,
		service: () => `${pick(words)}-service`,
		word: () => pick(words),
		date: () => `2026-0${1 + int(9)}-${10 + int(19)} ${10 + int(14)}:${10 + int(50)}:${10 + int(50)}`,
	};
}

const SHORT = [
	"INFO node.Receiver: Receiving block {block} src: {endpoint} dest: {endpoint}",
	"INFO node.Responder: PacketResponder {small} for block {block} terminating",
	"INFO node.Responder: Received block {block} of size {int} from /{ip}",
	"INFO name.System: BLOCK* addStoredBlock: blockMap updated: {ip}:50010 is added to {block} size {int}",
	"INFO name.System: BLOCK* allocateBlock: {path}. {block}",
	"INFO node.Scanner: Verification succeeded for {block}",
	"INFO node.Sender: {ip}:50010 Served block {block} to /{ip}",
	"WARN node.Sender: {ip}:50010:Got exception while serving {block} to /{ip}:",
	"INFO name.System: BLOCK* delete: {block} is added to invalidSet of {ip}:50010",
	"INFO node.Set: Deleting block {block} file {path}",
];

/** Long lines: the head of a service's logger, a sentence, and what it was called with. */
const LONG = [
	"[getAll][Query everything of the account][accountId: {uuid}][page: {small}]",
	"[create][The order is paid and stored][orderId: {uuid}][price: {int}][seat: {small}][from: {word}][to: {word}]",
	"Response body is: {status=1, msg=Success, data=Record(id={uuid}, owner={uuid}, date={date}, price={int}, kind={small}, place={word}, count={small})}",
	"[check][Calling {service} over http with id {uuid} took {ms} and gave {small} entries, of which {small} are valid until {date}]",
	"select r.id, r.owner, r.date, r.price from records r where r.owner = '{uuid}' and r.kind = {small} and r.date > '{date}' order by r.date limit {small}",
	"[refresh][Entries loaded from {path}][size: {int} bytes][took: {ms}][entries: {small}][checksum: {trace}]",
	"[notify][Message {int} was handed to the queue of {service} for the customer {uuid} after {small} attempts, the last of which took {ms}]",
];

function* shortLines(count, next) {
	const draw = values(next);
	for (let i = 0; i < count; i++) yield fill(SHORT[Math.floor(next() * next() * SHORT.length)], draw);
}

function* longLines(count, next) {
	const draw = values(next);
	for (let i = 0; i < count; i++) {
		const parts = Array.from({ length: 2 + Math.floor(next() * 3) }, () => LONG[Math.floor(next() * LONG.length)]).slice(
			0,
			next() < 0.6 ? 1 : 2,
		);
		const head = `${draw.clock()} INFO  t.c.${draw.word()}.Controller#${draw.small()} TraceID: ${draw.trace()} SpanID: ${draw.span()} `;
		yield head + fill(parts.join(" "), draw);
	}
}

/** As many templates as one asks for, each of its own words, with values of every kind; the later ones come late. */
function* variedLines(count, next, templates) {
	const kinds = Object.keys(values(next)).filter((kind) => kind !== "word");
	const draw = values(next);
	const syllables = ["ra", "ko", "mi", "ten", "lo", "sur", "va", "pe", "dan", "qui", "bro", "fel"];
	const word = () => Array.from({ length: 2 + Math.floor(next() * 2) }, () => syllables[Math.floor(next() * syllables.length)]).join("");
	const all = Array.from({ length: templates }, () =>
		Array.from({ length: 5 + Math.floor(next() * 12) }, () =>
			next() < 0.35 ? `{${kinds[Math.floor(next() * kinds.length)]}}` : word(),
		).join(" "),
	);
	for (let i = 0; i < count; i++) {
		const known = Math.max(1, Math.ceil(templates * Math.min(1, (i + 1) / (count * 0.8))));
		yield `INFO ${fill(all[Math.floor(next() * next() * known)], draw)}`;
	}
}

const fill = (template, draw) => template.replace(/\{([a-z]+)\}/g, (_, kind) => draw[kind]?.() ?? "");

/** Lines of a kind, one at a time. */
export function lines(kind, count, seed, templates = 2_000) {
	const next = random(seed);
	if (kind === "short") return shortLines(count, next);
	if (kind === "long") return longLines(count, next);
	return variedLines(count, next, templates);
}
