import { WILDCARD } from "./template-tokens.ts";

/** Most nodes lead to one word only: that one is kept without a map. */
interface Node<T> {
	word: string;
	only: Node<T> | undefined;
	next: Map<string, Node<T>> | undefined;
	leaf: T | undefined;
}

/** Templates by their words: first by length, then word by word, where WILDCARD matches any word. */
export interface TemplateTrie<T> {
	set(key: readonly string[], leaf: T): void;
	/** The template of exactly this key. */
	get(key: readonly string[]): T | undefined;
	/** The most literal template that matches the key, found within a bounded number of steps. */
	match(key: readonly string[]): T | undefined;
	delete(key: readonly string[]): void;
}

/** Steps of a search before it is given up: far above what real templates need, and a bound on hostile ones. */
const MAX_STEPS = 2_000;

export function createTemplateTrie<T>(): TemplateTrie<T> {
	const byLength = new Map<number, Node<T>>();
	let steps = 0;

	function search(node: Node<T>, key: readonly string[], depth: number): T | undefined {
		if (++steps > MAX_STEPS) return undefined;
		if (depth === key.length) return node.leaf;
		const word = key[depth] ?? "";
		const literal = step(node, word);
		const found = literal === undefined ? undefined : search(literal, key, depth + 1);
		if (found !== undefined || word === WILDCARD) return found;
		const any = step(node, WILDCARD);
		return any === undefined ? undefined : search(any, key, depth + 1);
	}

	function walk(key: readonly string[]): Node<T> | undefined {
		let node = byLength.get(key.length);
		for (const word of key) node = node && step(node, word);
		return node;
	}

	return {
		set(key, leaf) {
			let node = byLength.get(key.length) ?? emptyNode<T>("");
			byLength.set(key.length, node);
			for (const word of key) node = grow(node, word);
			node.leaf = leaf;
		},
		get: (key) => walk(key)?.leaf,
		match(key) {
			steps = 0;
			const root = byLength.get(key.length);
			return root === undefined ? undefined : search(root, key, 0);
		},
		delete(key) {
			const root = byLength.get(key.length);
			if (root !== undefined) prune(root, key, 0);
		},
	};
}

const emptyNode = <T>(word: string): Node<T> => ({ word, only: undefined, next: undefined, leaf: undefined });

const step = <T>(node: Node<T>, word: string): Node<T> | undefined => (node.only?.word === word ? node.only : node.next?.get(word));

function grow<T>(node: Node<T>, word: string): Node<T> {
	const known = step(node, word);
	if (known !== undefined) return known;
	const added = emptyNode<T>(word);
	if (node.only === undefined && node.next === undefined) node.only = added;
	else {
		node.next ??= new Map();
		if (node.only !== undefined) node.next.set(node.only.word, node.only);
		node.only = undefined;
		node.next.set(word, added);
	}
	return added;
}

/** Removes a leaf and the branches that led only to it; true where the node is now empty. */
function prune<T>(node: Node<T>, key: readonly string[], depth: number): boolean {
	if (depth === key.length) node.leaf = undefined;
	else {
		const next = step(node, key[depth] ?? "");
		if (next !== undefined && prune(next, key, depth + 1)) {
			if (node.only === next) node.only = undefined;
			else node.next?.delete(next.word);
		}
	}
	return node.leaf === undefined && node.only === undefined && (node.next === undefined || node.next.size === 0);
}
