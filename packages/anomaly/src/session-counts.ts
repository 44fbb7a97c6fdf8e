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

/** Merges equal count vectors. At most `limit` are kept, the most frequent; `dropped` says how many sessions went with the rest. */
export function distinctForms(all: Iterable<EventCounts>, limit: number): { forms: CountForm[]; dropped: number } {
	const forms = new Map<string, CountForm>();
	for (const counts of all) {
		const key = countsKey(counts);
		const form = forms.get(key);
		if (form === undefined) forms.set(key, { counts, sessions: 1 });
		else form.sessions++;
	}
	const ordered = [...forms.values()].sort((a, b) => b.sessions - a.sessions);
	return { forms: ordered.slice(0, limit), dropped: ordered.slice(limit).reduce((sum, form) => sum + form.sessions, 0) };
}
