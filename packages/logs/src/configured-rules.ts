import { RE2JS } from "re2js";
import { RULE_NAME } from "./find-variables.ts";
import { DEFAULT_RULES, type PlaceholderRule } from "./rules.ts";

/** One entry of `logs.rules`: a rule that is new, changed, moved or taken away. */
export interface RuleChange {
	/** A new rule's name; or that of a default rule, or of a placeholder, which means every rule that writes it. */
	name: string;
	/** A regular expression in RE2's syntax, which takes linear time whatever it is; for a new rule, or instead of a default one's. */
	pattern?: string | undefined;
	/** What it writes: `order` writes `<order>`. The rule's name where left out. */
	placeholder?: string | undefined;
	/** The rule that it comes before, or after: of two that match at one place the earlier wins. A new rule comes first of all. */
	before?: string | undefined;
	after?: string | undefined;
	disable?: boolean | undefined;
}

/** What is wrong with an entry. */
export interface RuleProblem {
	/** Of the entry, from 0. */
	index: number;
	key: keyof RuleChange;
	message: string;
	hint?: string;
}

export interface ConfiguredRules {
	/** The default rules themselves where nothing changes. */
	rules: readonly PlaceholderRule[];
	/** All there are. With any, the rules are not to be used. */
	problems: RuleProblem[];
}

/** Longer patterns are refused: their automata take memory. */
const LONGEST_PATTERN = 500;

/** Adds, changes, moves and takes away rules, in the order of the entries. */
export function configureRules(changes: readonly RuleChange[]): ConfiguredRules {
	if (changes.length === 0) return { rules: DEFAULT_RULES, problems: [] };
	let rules: PlaceholderRule[] = [...DEFAULT_RULES];
	const problems: RuleProblem[] = [];
	const disabled = new Set<PlaceholderRule>();
	for (const [index, change] of changes.entries()) {
		const found = problemsOf(change, changes.slice(0, index), rules).map((problem) => ({ index, ...problem }));
		problems.push(...found);
		if (found.length > 0) continue;
		const named = rulesOf(change.name, rules);
		if (change.disable === true) for (const rule of named) disabled.add(rule);
		else rules = place(rules, named, changed(named, change), change);
	}
	return { rules: rules.filter((rule) => !disabled.has(rule)), problems };
}

/** The rule of a name, else those that write a placeholder of that name. */
function rulesOf(name: string, rules: readonly PlaceholderRule[]): PlaceholderRule[] {
	const placeholders = rules.filter((rule) => (rule.placeholder ?? rule.name) === name);
	const named = rules.filter((rule) => rule.name === name);
	return placeholders.length > 1 ? placeholders : named.length > 0 ? named : placeholders;
}

function changed(named: readonly PlaceholderRule[], { name, pattern, placeholder }: RuleChange): PlaceholderRule[] {
	if (pattern !== undefined) {
		const known = named[0]?.placeholder;
		const written = placeholder ?? known;
		return [{ name, pattern, find: finder(pattern), ...(written !== undefined && { placeholder: written }) }];
	}
	return named.map((rule) => (placeholder === undefined ? rule : { ...rule, placeholder }));
}

function place(rules: PlaceholderRule[], old: PlaceholderRule[], now: PlaceholderRule[], { before, after }: RuleChange): PlaceholderRule[] {
	const rest = rules.filter((rule) => !old.includes(rule));
	const first = old[0];
	let at = first === undefined ? 0 : rules.slice(0, rules.indexOf(first)).filter((rule) => rest.includes(rule)).length;
	if (before !== undefined) at = rest.indexOf(rulesOf(before, rest)[0] as PlaceholderRule);
	if (after !== undefined) at = rest.indexOf(rulesOf(after, rest).at(-1) as PlaceholderRule) + 1;
	return rest.toSpliced(at, 0, ...now);
}

function problemsOf(change: RuleChange, earlier: readonly RuleChange[], rules: readonly PlaceholderRule[]): Omit<RuleProblem, "index">[] {
	const { name, pattern, placeholder, before, after, disable } = change;
	const problems: Omit<RuleProblem, "index">[] = [];
	const word = "must be a lower-case word, such as order-id";
	if (!RULE_NAME.test(name)) problems.push({ key: "name", message: word });
	else if (earlier.some((other) => other.name === name)) problems.push({ key: "name", message: "is there twice" });
	else if (pattern === undefined && rulesOf(name, rules).length === 0) {
		const hint = `give it a pattern, or name one of ${DEFAULT_RULES.map((rule) => rule.name).join(", ")}`;
		problems.push({ key: "name", message: "names no rule", hint });
	}
	if (placeholder !== undefined && !RULE_NAME.test(placeholder)) problems.push({ key: "placeholder", message: word });
	const why = pattern === undefined ? undefined : patternProblem(pattern);
	if (why !== undefined) problems.push({ key: "pattern", ...why });
	if (before !== undefined && after !== undefined) problems.push({ key: "after", message: "cannot stand beside before" });
	if (disable === true && (pattern ?? placeholder ?? before ?? after) !== undefined)
		problems.push({ key: "disable", message: "takes the rule away: nothing else can be said of it" });
	for (const [key, target] of [["before", before] as const, ["after", after] as const]) {
		if (target === undefined) continue;
		if (target === name) problems.push({ key, message: "is the rule itself" });
		else if (rulesOf(target, rules).length === 0)
			problems.push({ key, message: "names no rule", hint: `one of ${rules.map((rule) => rule.name).join(", ")}` });
	}
	return problems;
}

function patternProblem(pattern: string): { message: string; hint?: string } | undefined {
	if (pattern.length > LONGEST_PATTERN) return { message: `is longer than ${LONGEST_PATTERN} characters` };
	const hint = "it has no backreferences and no look-around";
	try {
		if (RE2JS.compile(pattern).matcher("").find()) return { message: "matches where there is nothing", hint: "use + instead of *" };
		return undefined;
	} catch {
		return { message: "is not a regular expression of RE2's syntax", hint };
	}
}

function finder(pattern: string): NonNullable<PlaceholderRule["find"]> {
	const compiled = RE2JS.compile(pattern);
	return (text, from) => {
		const matcher = compiled.matcher(text);
		return matcher.find(from) ? [matcher.start(), matcher.end()] : undefined;
	};
}
