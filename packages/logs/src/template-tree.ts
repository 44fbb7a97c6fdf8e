import { createNormaliser, type Normalise } from "./normalise.ts";
import type { PlaceholderRule } from "./rules.ts";
import { hashNumber, hashText } from "./template-hash.ts";
import { showTokens, type Tokens, tokenise, WILDCARD } from "./template-tokens.ts";
import { createTemplateTrie } from "./template-trie.ts";

export interface TemplateTreeOptions {
	rules?: readonly PlaceholderRule[];
	/** Templates kept; the least recently seen are forgotten beyond it. */
	maxTemplates?: number;
	/** Words of a line that are looked at. */
	maxWords?: number;
	/** Different identifiers (with digits, dots, capitals inside) at one place that make it a variable. */
	minIdentifiers?: number;
	/** Different plain words at one place that make it a variable. */
	minWords?: number;
}

export interface Template {
	id: string;
	/** The line's constant words, with typed placeholders, and `<*>` where a variable was learned. */
	text: string;
	/** Lines seen. */
	count: number;
}

export interface TemplateTree {
	readonly size: number;
	/** Learns a line. The id may later be merged into an older one; `template` and `resolve` follow. */
	add(line: string): { templateId: string; isNew: boolean };
	/** The template a line belongs to, without learning; undefined where it is unseen. */
	match(line: string): string | undefined;
	/** The id under which a template goes now. */
	resolve(id: string): string;
	template(id: string): Template | undefined;
	templates(): Template[];
	save(): TemplateTreeState;
}

/** A tree as plain JSON. */
export interface TemplateTreeState {
	version: 1;
	templates: { id: string; key: string[]; shown: string[]; gaps: string[]; count: number }[];
	merged: [string, string][];
}

interface Cluster {
	id: string;
	tokens: Tokens;
	count: number;
	/** Order of birth: when two merge, the elder's id stays. */
	born: number;
	seen: number;
}

interface Hole {
	identifiers: number;
	words: number;
	values: Set<string>;
	keys: string[][];
}

const FORM_CACHE = 8_192;

export function createTemplateTree(options: TemplateTreeOptions = {}): TemplateTree {
	const { maxTemplates = 20_000, maxWords = 96, minIdentifiers = 5, minWords = 12 } = options;
	const normalise: Normalise = createNormaliser(options.rules);
	const trie = createTemplateTrie<Cluster>();
	const clusters = new Map<string, Cluster>();
	const merged = new Map<string, string>();
	const forms = new Map<string, Cluster>();
	const holes = new Map<number, Hole>();
	let clock = 0;

	function learn(tokens: Tokens): Cluster {
		const cluster: Cluster = { id: freshId(tokens), tokens, count: 0, born: ++clock, seen: clock };
		clusters.set(cluster.id, cluster);
		trie.set(tokens.key, cluster);
		return generalise(cluster);
	}

	function freshId(tokens: Tokens): string {
		const id = hashText(tokens.key.join(" "));
		return id;
	}

	function generalise(cluster: Cluster): Cluster {
		const key = cluster.tokens.key;
		for (let i = 0; i < key.length; i++) {
			if (key[i] === WILDCARD) continue;
			const open = key.with(i, WILDCARD);
			if (literalWords(open) < 1) continue;
			const hole = note(hashNumber(open.join(" ")), key, i);
			if (hole.identifiers >= minIdentifiers || hole.words >= minWords) return mergeAll(open, hole, cluster);
		}
		return cluster;
	}
	function note(name: number, key: string[], at: number): Hole {
		let hole = holes.get(name);
		if (hole === undefined) {
			if (holes.size > maxTemplates * 16) holes.delete(holes.keys().next().value ?? 0);
			hole = { identifiers: 0, words: 0, values: new Set(), keys: [] };
			holes.set(name, hole);
		}
		const value = key[at] ?? "";
		if (!hole.values.has(value)) {
			hole.values.add(value);
			hole.keys.push(key);
			if (isIdentifier(value)) hole.identifiers++;
			hole.words++;
		}
		return hole;
	}

	function mergeAll(open: string[], hole: Hole, last: Cluster): Cluster {
		let members = hole.keys.map((key) => trie.get(key)).filter((c) => c !== undefined);
		const there = trie.get(open);
		if (there) members.push(there);
		members = [...new Set(members)].sort((a, b) => a.born - b.born);
		const elder = members[0] ?? last;
		for (const member of members) {
			trie.delete(member.tokens.key);
			if (member === elder) continue;
			elder.count += member.count;
			clusters.delete(member.id);
			merged.set(member.id, elder.id);
		}
		forms.clear();
		elder.tokens = {
			key: open,
			gaps: elder.tokens.gaps,
			shown: elder.tokens.shown.map((w, i) => (open[i] === WILDCARD && elder.tokens.key[i] !== WILDCARD ? WILDCARD : w)),
		};
		trie.set(open, elder);
		return generalise(elder);
	}

	const resolve = (id: string): string => {
		let now = id;
		for (let next = merged.get(now); next !== undefined; next = merged.get(now)) now = next;
		return now;
	};

	return {
		get size() {
			return clusters.size;
		},
		add(line) {
			const { text } = normalise(line);
			let cluster = forms.get(text);
			let isNew = false;
			if (cluster === undefined) {
				const tokens = tokenise(text, maxWords);
				cluster = trie.match(tokens.key);
				if (cluster === undefined) {
					cluster = learn(tokens);
					isNew = true;
				}
				if (forms.size >= FORM_CACHE) forms.clear();
				forms.set(text, cluster);
			}
			cluster.count++;
			cluster.seen = ++clock;
			return { templateId: cluster.id, isNew };
		},
		match: (line) => trie.match(tokenise(normalise(line).text, maxWords).key)?.id,
		resolve,
		template(id) {
			const c = clusters.get(resolve(id));
			return c && { id: c.id, text: showTokens(c.tokens), count: c.count };
		},
		templates: () => [...clusters.values()].map((c) => ({ id: c.id, text: showTokens(c.tokens), count: c.count })),
		save: () => ({ version: 1, templates: [], merged: [...merged] }),
	};
}

function literalWords(key: readonly string[]): number {
	let n = 0;
	for (const word of key) if (word !== WILDCARD && /[A-Za-z\u0080-\uffff]{2}/.test(word)) n++;
	return n;
}
function isIdentifier(word: string): boolean {
	return /[a-z][A-Z]|[A-Za-z][._$/-][A-Za-z]/.test(word);
}
