import { AppError } from "@faultline/contracts";
import { GROUPS } from "./line-index.ts";
import { createMask, MAX_LINE_CHARS } from "./normalise.ts";
import { createPlainIndex } from "./plain-index.ts";
import { DEFAULT_RULES } from "./rules.ts";
import { createStructuredIndex } from "./structured-index.ts";
import { maskStructured } from "./structured-line.ts";
import type { Template, TemplateTree, TemplateTreeOptions } from "./template.ts";
import { hashText } from "./template-hash.ts";
import { type MergedTemplate, mergedTemplate, type OpenedPlace, upToDate } from "./template-merges.ts";
import { TemplateTreeState } from "./template-state.ts";
import { ANYTHING, showTokens, type Tokens, tokenise, WILDCARD } from "./template-tokens.ts";
import { createTemplateTrie } from "./template-trie.ts";
import { cutLine, joinValues, piecesOf, placeholderValues, valuesOf } from "./template-values.ts";
import { createVariableLearner, type LearnedVariable } from "./variable-learner.ts";

interface Cluster {
	id: string;
	tokens: Tokens;
	count: number;
	/** Order of birth: of two that merge, the elder's id stays. */
	born: number;
	seen: number;
	/** Places that were a word at birth. */
	opened: OpenedPlace[];
	/** Forms that it had when it was pinned. */
	pinned: string[][];
}

/** Share of the templates that is forgotten at once when there are too many. */
const FORGET_SHARE = 0.1;

/**
 * A streaming tree of templates: lines are masked, cut into words, and found word by word in a tree by length, where a variable matches
 * any word. A place in which otherwise equal templates show many different words becomes a variable.
 *
 * The fixed-depth tree is after He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017. Differs from it: the tree
 * is as deep as the line, and templates merge by what was seen at one place, not by a similarity threshold, which takes "opened" and "closed"
 * for one. An id is the hash of the template's first key, so that equal lines in equal order give equal ids on every machine. Add O(words).
 */
export function createTemplateTree(options: TemplateTreeOptions = {}): TemplateTree {
	const { maxTemplates = 20_000, maxWords = 96, minIdentifiers = 5, minWords = 12, rules = DEFAULT_RULES } = options;
	const mask = maskStructured(createMask(rules));
	const index = rules === DEFAULT_RULES ? createStructuredIndex<Cluster>(createMask(rules)) : createPlainIndex<Cluster>(mask);
	const trie = createTemplateTrie<Cluster>();
	/** The forms of pinned templates, of which each keeps the lines that it had. */
	const pinnedTrie = createTemplateTrie<Cluster>();
	const clusters = new Map<string, Cluster>();
	/** Those with a form that is not pinned. */
	const unpinned = new Set<Cluster>();
	const merged = new Map<string, MergedTemplate>();
	const learner = createVariableLearner({ minIdentifiers, minWords, maxPlaces: maxTemplates * 8 });
	const settings = hashText(
		JSON.stringify([rules.map(({ name, placeholder, pattern }) => [name, placeholder, pattern]), maxWords, "structured"]),
	);
	let clock = 0;

	function put(cluster: Cluster): Cluster {
		clusters.set(cluster.id, cluster);
		trie.set(cluster.tokens.key, cluster);
		if (cluster.pinned.at(-1) !== cluster.tokens.key) unpinned.add(cluster);
		// The new form may be the better match for lines that went to another.
		index.forget(cluster.tokens.key.length % GROUPS);
		return cluster;
	}

	function drop(cluster: Cluster): void {
		clusters.delete(cluster.id);
		unpinned.delete(cluster);
		trie.delete(cluster.tokens.key);
		for (const key of cluster.pinned) pinnedTrie.delete(key);
		index.forget(cluster.tokens.key.length % GROUPS);
	}

	function learn(tokens: Tokens): Cluster {
		if (clusters.size >= maxTemplates) forget();
		// Only where the search for it was given up is there one already.
		const there = trie.get(tokens.key);
		if (there !== undefined) return there;
		const id = idOf(tokens.key);
		merged.delete(id);
		let cluster = put({ id, tokens, count: 0, born: ++clock, seen: clock, opened: [], pinned: [] });
		for (let found = learner.note(tokens.key); found !== undefined; found = learner.note(cluster.tokens.key)) {
			cluster = merge(found, cluster);
		}
		return cluster;
	}

	/** The hash of the key; where another template has that, the hash of both. */
	function idOf(key: readonly string[]): string {
		const words = key.join(" ");
		let id = hashText(words);
		while (clusters.has(id)) id = hashText(`${id} ${words}`);
		return id;
	}

	/** The eldest template at a variable place takes in the others, and stands for all. */
	function merge({ open, keys }: LearnedVariable, newest: Cluster): Cluster {
		const there = trie.get(open);
		const members = new Set([newest, there, ...keys.map((key) => trie.get(key))].filter((c) => c !== undefined));
		const [elder = newest, ...others] = [...members].sort(
			(a, b) => Number(b === there) - Number(a === there) || b.pinned.length - a.pinned.length || a.born - b.born,
		);
		if (elder !== there) openPlace(elder, open);
		for (const other of others.filter((c) => c.pinned.length === 0)) {
			drop(other);
			elder.count += other.count;
			merged.set(other.id, mergedTemplate(other, elder));
		}
		return put(elder);
	}

	function openPlace(cluster: Cluster, open: string[]): void {
		const { key, shown, gaps } = cluster.tokens;
		trie.delete(key);
		const at = open.findIndex((word, i) => word === WILDCARD && key[i] !== WILDCARD);
		cluster.opened.push([at, key[at] ?? ""]);
		cluster.tokens = { key: open, shown: shown.with(at, ANYTHING), gaps };
	}

	function forget(): void {
		const oldest = [...clusters.values()].sort((a, b) => a.seen - b.seen).slice(0, Math.ceil(maxTemplates * FORGET_SHARE));
		for (const cluster of oldest) drop(cluster);
		for (const id of [...merged.keys()]) if (!clusters.has(resolve(id))) merged.delete(id);
		index.forget();
	}

	const matching = (key: readonly string[]): Cluster | undefined => pinnedTrie.match(key) ?? trie.match(key);

	function find(line: string): Cluster | Tokens {
		const known = index.find(line.length > MAX_LINE_CHARS ? line.slice(0, MAX_LINE_CHARS) : line);
		if (known !== undefined) return known;
		const tokens = tokenise(index.masked(), maxWords);
		const found = matching(tokens.key);
		if (found === undefined) return tokens;
		generalise(found, tokens);
		index.remember(found, tokens.key.length % GROUPS);
		return found;
	}

	/** A place that shows a number here and a host there is shown as anything. */
	function generalise({ tokens }: Cluster, { shown }: Tokens): void {
		for (let i = 0; i < shown.length; i++) {
			if (tokens.key[i] === WILDCARD && tokens.shown[i] !== shown[i]) tokens.shown[i] = ANYTHING;
		}
	}

	function resolve(id: string): string {
		let now = id;
		for (let next = merged.get(now); next !== undefined && !clusters.has(now); next = merged.get(now)) now = next.into;
		return now;
	}

	function known(line: string): Cluster | undefined {
		const found = find(line);
		return "id" in found ? found : undefined;
	}

	const view = ({ id, tokens, count }: Cluster): Template => ({ id, text: showTokens(tokens), count });
	if (options.state !== undefined) load(TemplateTreeState.parse(options.state));

	function load(state: TemplateTreeState): void {
		if (state.settings !== settings)
			throw new AppError("BAD_INPUT", "the saved templates were learned under other rules or settings", {
				hint: "learn them anew, or use the rules of then",
			});
		const words = (key: readonly (string | null)[]): string[] => key.map((word) => word ?? WILDCARD);
		for (const { id, key, shown, gaps, count, opened, pinned } of state.templates) {
			const cluster = put({ id, tokens: { key: words(key), shown, gaps }, count, born: ++clock, seen: clock, opened, pinned: [] });
			for (const form of pinned) pinForm(cluster, words(form));
			if (pinned.length > 0 && String(pinned.at(-1)) === String(key)) unpinned.delete(cluster);
			learner.note(cluster.tokens.key);
		}
		for (const one of state.merged) merged.set(one.id, one);
	}

	function pinForm(cluster: Cluster, key: string[]): void {
		cluster.pinned.push(key);
		pinnedTrie.set(key, cluster);
	}

	return {
		get size() {
			return clusters.size;
		},
		add(line) {
			const found = find(line);
			const isNew = !("id" in found);
			const cluster = isNew ? learn(found) : found;
			cluster.count++;
			cluster.seen = ++clock;
			return { templateId: cluster.id, isNew: isNew && cluster.count === 1 };
		},
		match: (line) => known(line)?.id,
		resolve,
		template(id) {
			const cluster = clusters.get(resolve(id));
			return cluster && view(cluster);
		},
		templates: () => [...clusters.values()].map(view),
		values(line) {
			const cluster = known(line);
			return cluster && { templateId: cluster.id, ...valuesOf(cutLine(line, mask, maxWords), cluster.tokens) };
		},
		restore(values) {
			const now = upToDate(
				values,
				(id) => clusters.get(id),
				(id) => merged.get(id),
			);
			return now && joinValues(now.form, now.values, now.edits);
		},
		placeholderValues(line) {
			const cluster = known(line);
			return cluster && placeholderValues(cutLine(line, mask, maxWords), cluster.tokens);
		},
		pieces(line) {
			const cluster = known(line);
			return cluster && piecesOf(cutLine(line, mask, maxWords), cluster.tokens);
		},
		pin() {
			for (const cluster of unpinned) pinForm(cluster, cluster.tokens.key);
			unpinned.clear();
		},
		save: () => ({
			version: 2,
			settings,
			templates: [...clusters.values()].sort((a, b) => a.born - b.born).map(saved),
			merged: [...merged.values()],
		}),
	};
}

function saved({ id, tokens: { key, shown, gaps }, count, opened, pinned }: Cluster): TemplateTreeState["templates"][number] {
	const holes = (words: readonly string[]): (string | null)[] => words.map((word) => (word === WILDCARD ? null : word));
	return { id, key: holes(key), shown, gaps, count, opened, pinned: pinned.map(holes) };
}
