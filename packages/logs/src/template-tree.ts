import { createNormaliser } from "./normalise.ts";
import type { PlaceholderRule } from "./rules.ts";
import { hashText } from "./template-hash.ts";
import { TemplateTreeState } from "./template-state.ts";
import { showTokens, type Tokens, tokenise, WILDCARD } from "./template-tokens.ts";
import { createTemplateTrie } from "./template-trie.ts";
import { createVariableLearner, type LearnedVariable } from "./variable-learner.ts";

export interface TemplateTreeOptions {
	rules?: readonly PlaceholderRule[];
	/** Templates kept; of more, the least recently seen are forgotten. */
	maxTemplates?: number;
	/** Words of a line that are looked at. */
	maxWords?: number;
	/** Different identifiers at one place of otherwise equal templates that make it a variable. */
	minIdentifiers?: number;
	/** Different words at one place that make it a variable. */
	minWords?: number;
	/** What `save` returned: the tree goes on from there. */
	state?: TemplateTreeState;
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
	/** Learns a line. A later line may merge the id into an older one: `resolve` and `template` follow. */
	add(line: string): { templateId: string; isNew: boolean };
	/** The template a line belongs to, without learning; undefined where it is unseen. */
	match(line: string): string | undefined;
	/** The id under which a template goes now. */
	resolve(id: string): string;
	/** Undefined where the id was never given or is forgotten. */
	template(id: string): Template | undefined;
	templates(): Template[];
	/** From now on the ids given so far stay as they are: such templates may take in new ones but never merge with each other. */
	pin(): void;
	save(): TemplateTreeState;
}

interface Cluster {
	id: string;
	tokens: Tokens;
	count: number;
	/** Order of birth: of two that merge, the elder's id stays. */
	born: number;
	seen: number;
	pinned: boolean;
}

/** Normalised lines whose template is remembered: most lines are one of few. */
const REMEMBERED_FORMS = 8_192;
/** Share of the templates that is forgotten at once when there are too many. */
const FORGET_SHARE = 0.1;

/**
 * A streaming tree of templates: lines are normalised, cut into words, and found word by word in a tree by length, where a variable matches
 * any word. A place in which otherwise equal templates show many different words becomes a variable.
 *
 * The fixed-depth tree is after He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017. Differs from it: the tree
 * is as deep as the line, and templates merge by what was seen at one place, not by a similarity threshold, which takes "opened" and "closed"
 * for one. An id is the hash of the template's first key, so that equal lines in equal order give equal ids on every machine. Add O(words).
 */
export function createTemplateTree(options: TemplateTreeOptions = {}): TemplateTree {
	const { maxTemplates = 20_000, maxWords = 96, minIdentifiers = 5, minWords = 12 } = options;
	const normalise = createNormaliser(options.rules);
	const trie = createTemplateTrie<Cluster>();
	const clusters = new Map<string, Cluster>();
	const mergedInto = new Map<string, string>();
	const remembered = new Map<string, Cluster>();
	const learner = createVariableLearner({ minIdentifiers, minWords, maxPlaces: maxTemplates * 8 });
	let clock = 0;

	function put(cluster: Cluster): Cluster {
		clusters.set(cluster.id, cluster);
		trie.set(cluster.tokens.key, cluster);
		return cluster;
	}

	function drop(cluster: Cluster): void {
		clusters.delete(cluster.id);
		trie.delete(cluster.tokens.key);
	}

	function learn(tokens: Tokens): Cluster {
		if (clusters.size >= maxTemplates) forget();
		const id = hashText(tokens.key.join(" "));
		let cluster = put({ id, tokens, count: 0, born: ++clock, seen: clock, pinned: false });
		for (let found = learner.note(tokens.key); found !== undefined; found = learner.note(cluster.tokens.key)) {
			cluster = merge(found, cluster);
		}
		return cluster;
	}

	/** The eldest template at a variable place takes in the others, and stands for all. */
	function merge({ open, keys }: LearnedVariable, newest: Cluster): Cluster {
		const there = trie.get(open);
		const members = new Set([newest, there, ...keys.map((key) => trie.get(key))].filter((c) => c !== undefined));
		const [elder = newest, ...others] = [...members].sort(
			(a, b) => Number(b === there) - Number(a === there) || Number(b.pinned) - Number(a.pinned) || a.born - b.born,
		);
		for (const other of others.filter((c) => !c.pinned)) {
			drop(other);
			elder.count += other.count;
			mergedInto.set(other.id, elder.id);
		}
		trie.delete(elder.tokens.key);
		const { key, shown, gaps } = elder.tokens;
		elder.tokens = { key: open, shown: shown.map((word, i) => (open[i] === WILDCARD && key[i] !== WILDCARD ? WILDCARD : word)), gaps };
		remembered.clear();
		return put(elder);
	}

	function forget(): void {
		const oldest = [...clusters.values()].sort((a, b) => a.seen - b.seen).slice(0, Math.ceil(maxTemplates * FORGET_SHARE));
		for (const cluster of oldest) drop(cluster);
		for (const [from, to] of mergedInto) if (!clusters.has(to)) mergedInto.delete(from);
		remembered.clear();
	}

	function find(text: string): { cluster: Cluster; isNew: boolean } {
		const known = remembered.get(text);
		if (known !== undefined) return { cluster: known, isNew: false };
		const tokens = tokenise(text, maxWords);
		const found = trie.match(tokens.key);
		const cluster = found ?? learn(tokens);
		if (remembered.size >= REMEMBERED_FORMS) remembered.clear();
		remembered.set(text, cluster);
		return { cluster, isNew: found === undefined && cluster.count === 0 };
	}

	function resolve(id: string): string {
		let now = id;
		for (let next = mergedInto.get(now); next !== undefined && !clusters.has(now); next = mergedInto.get(now)) now = next;
		return now;
	}

	const view = ({ id, tokens, count }: Cluster): Template => ({ id, text: showTokens(tokens), count });

	if (options.state !== undefined) {
		const state = TemplateTreeState.parse(options.state);
		for (const { id, key, shown, gaps, count } of state.templates) {
			put({ id, tokens: { key, shown, gaps }, count, born: ++clock, seen: clock, pinned: false });
			learner.note(key);
		}
		for (const [from, to] of state.merged) mergedInto.set(from, to);
	}

	return {
		get size() {
			return clusters.size;
		},
		add(line) {
			const { cluster, isNew } = find(normalise(line).text);
			cluster.count++;
			cluster.seen = ++clock;
			return { templateId: cluster.id, isNew };
		},
		match(line) {
			const { text } = normalise(line);
			return (remembered.get(text) ?? trie.match(tokenise(text, maxWords).key))?.id;
		},
		resolve,
		template(id) {
			const cluster = clusters.get(resolve(id));
			return cluster && view(cluster);
		},
		templates: () => [...clusters.values()].map(view),
		pin() {
			for (const cluster of clusters.values()) cluster.pinned = true;
		},
		save: () => ({
			version: 1,
			templates: [...clusters.values()].sort((a, b) => a.born - b.born).map(({ id, tokens, count }) => ({ id, ...tokens, count })),
			merged: [...mergedInto],
		}),
	};
}
