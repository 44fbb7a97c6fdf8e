import { WILDCARD } from "./template-tokens.ts";

interface Node<T> {
	next: Map<string, Node<T>>;
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
		const literal = node.next.get(word);
		const found = literal === undefined ? undefined : search(literal, key, depth + 1);
		if (found !== undefined || word === WILDCARD) return found;
		const any = node.next.get(WILDCARD);
		return any === undefined ? undefined : search(any, key, depth + 1);
	}

	function walk(key: readonly string[]): Node<T> | undefined {
		let node = byLength.get(key.length);
		for (const word of key) node = node?.next.get(word);
		return node;
	}

	return {
		set(key, leaf) {
			let node = child(byLength, key.length);
			for (const word of key) node = child(node.next, word);
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

function child<K, T>(map: Map<K, Node<T>>, name: K): Node<T> {
	const known = map.get(name);
	if (known !== undefined) return known;
	const node: Node<T> = { next: new Map(), leaf: undefined };
	map.set(name, node);
	return node;
}

/** Removes a leaf and the branches that led only to it; true where the node is now empty. */
function prune<T>(node: Node<T>, key: readonly string[], depth: number): boolean {
	if (depth === key.length) node.leaf = undefined;
	else {
		const next = node.next.get(key[depth] ?? "");
		if (next !== undefined && prune(next, key, depth + 1)) node.next.delete(key[depth] ?? "");
	}
	return node.leaf === undefined && node.next.size === 0;
}
