/** A unit of work that left log lines behind: a request, a block, a container's life. `events` are template ids, in order. */
export interface Session {
	id: string;
	events: readonly string[];
}

/** How often each event happened in a session: event numbers ascending, and their counts beside them. */
export interface EventCounts {
	events: Int32Array;
	counts: Int32Array;
}

/** A count vector that was seen, and in how many sessions. */
export interface CountForm {
	counts: EventCounts;
	sessions: number;
}

/** Gives each event a number on first sight, so that sessions compare as numbers. */
export interface EventNumbers {
	readonly size: number;
	of(event: string): number;
	name(number: number): string;
}

export function createEventNumbers(): EventNumbers {
	const numbers = new Map<string, number>();
	const names: string[] = [];
	return {
		get size() {
			return names.length;
		},
		of(event) {
			const known = numbers.get(event);
			if (known !== undefined) return known;
			numbers.set(event, names.length);
			return names.push(event) - 1;
		},
		name: (number) => names[number] ?? "?",
	};
}

export function countEvents(session: Session, numbers: EventNumbers): EventCounts {
	const counts = new Map<number, number>();
	for (const event of session.events) {
		const number = numbers.of(event);
		counts.set(number, (counts.get(number) ?? 0) + 1);
	}
	const events = Int32Array.from(counts.keys()).sort();
	return { events, counts: events.map((event) => counts.get(event) ?? 0) };
}

/** Equal for equal counts, and only for those. */
export const countsKey = ({ events, counts }: EventCounts): string => `${events.join()}:${counts.join()}`;

/** Merges equal count vectors, in the order in which they were first seen; `of` says which form each session has. */
export function distinctForms(all: readonly EventCounts[]): { forms: CountForm[]; of: Int32Array } {
	const places = new Map<string, number>();
	const forms: CountForm[] = [];
	const of = Int32Array.from(all, (counts) => {
		const key = countsKey(counts);
		const place = places.get(key);
		if (place === undefined) {
			places.set(key, forms.length);
			return forms.push({ counts, sessions: 1 }) - 1;
		}
		(forms[place] as CountForm).sessions++;
		return place;
	});
	return { forms, of };
}

/** The forms with the most frequent `limit` first; where those at the limit are equally frequent, evenly of all of them, since they stand in order of time. */
export function mostFrequentFirst(forms: readonly CountForm[], limit: number): CountForm[] {
	const ordered = [...forms].sort((a, b) => b.sessions - a.sessions);
	const last = ordered[limit - 1];
	if (last === undefined || limit >= ordered.length) return ordered;
	const above = ordered.filter(({ sessions }) => sessions > last.sessions);
	const equal = ordered.filter(({ sessions }) => sessions === last.sessions);
	const room = limit - above.length;
	const chosen = new Set(Array.from({ length: room }, (_, i) => Math.floor((i * equal.length) / room)));
	return [
		...above,
		...equal.filter((_, i) => chosen.has(i)),
		...equal.filter((_, i) => !chosen.has(i)),
		...ordered.filter(({ sessions }) => sessions < last.sessions),
	];
}
