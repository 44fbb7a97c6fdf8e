import type { Signal } from "@faultline/contracts";

/** A line of a PEM block (RFC 7468) or of wrapped base64 is 64 or 76 characters; a hash in hex is not meant. */
const FULL_LINE = /^[A-Za-z0-9+/]{60,76}={0,2}$/;
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;
/** The last line of a block is shorter. */
const LAST_LINE = /^[A-Za-z0-9+/]{1,76}={0,2}$/;
const MARKER = /-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----|\[redacted:private-key\]/;
const REDACTED = "[redacted:private-key]";

/**
 * Takes out the body of a key or certificate that a program logged line by line, so that each line is a record of its own and says nothing
 * of what it is. Records are taken in their order, either way in time, per stream (resource, service, container). A full line of base64 goes
 * where the page has another, a BEGIN or END, or where it stands at the page's edge, beyond which nothing is known; a shorter one where
 * it stands between such a line and an END or the edge.
 */
export function redactKeyLines<T extends Signal>(signals: readonly T[]): { signals: T[]; count: number } {
	const streams = new Map<string, number[]>();
	signals.forEach((signal, i) => {
		const key = streamOf(signal);
		const known = streams.get(key);
		if (known === undefined) streams.set(key, [i]);
		else known.push(i);
	});
	const hidden = new Set<number>();
	for (const rows of streams.values()) {
		const kinds = rows.map((i) => kindOf(signals[i]?.body ?? ""));
		// other lines of the stream may stand between those of a key
		const isBlock = kinds.includes("marker") || kinds.filter((kind) => kind === "full").length > 1;
		rows.forEach((row, at) => {
			if ((isBlock && kinds[at] === "full") || isOfKey(kinds, at)) hidden.add(row);
		});
	}
	if (hidden.size === 0) return { signals: [...signals], count: 0 };
	const cut = (s: T): T => ({ ...s, body: s.body.replace(/\S+\s*$/, REDACTED), redactions: s.redactions + 1 });
	return { signals: signals.map((s, i) => (hidden.has(i) ? cut(s) : s)), count: hidden.size };
}

/** "worded": a full line after words of the logger's. */
type Kind = "marker" | "full" | "worded" | "short" | "other";

function kindOf(body: string): Kind {
	if (MARKER.test(body)) return "marker";
	// a logger may put its own words before the line
	const word = /(\S+)\s*$/.exec(body.slice(-200))?.[1] ?? "";
	if (FULL_LINE.test(word) && !HEX.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word))
		return body.trim() === word ? "full" : "worded";
	return LAST_LINE.test(body.trim()) ? "short" : "other";
}

function isOfKey(kinds: readonly Kind[], at: number): boolean {
	const [before, here, after] = [kinds[at - 1], kinds[at], kinds[at + 1]];
	const isFull = (kind: Kind | undefined) => kind === "full" || kind === "worded";
	const isEdge = (kind: Kind | undefined) => kind === undefined || kind === "marker";
	if (here === "short") return (isFull(before) && isEdge(after)) || (isFull(after) && isEdge(before));
	if (!isFull(here)) return false;
	if (isFull(before) || isFull(after) || before === "marker" || after === "marker") return true;
	return here === "full" && (before === undefined || after === undefined);
}

function streamOf({ source, resource, service, attributes }: Signal): string {
	const { container, stream, logStream } = attributes;
	return JSON.stringify([source, resource, service, container, stream, logStream]);
}
