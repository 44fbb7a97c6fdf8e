import type { PlaceholderRule } from "./rules.ts";
import type { TemplateTreeState } from "./template-state.ts";
import type { LineValues } from "./template-values.ts";

export interface TemplateTreeOptions {
	rules?: readonly PlaceholderRule[];
	/** Templates kept; of more, the least recently seen are forgotten. */
	maxTemplates?: number;
	/** Words of a line that are looked at; 255 at most. */
	maxWords?: number;
	/** Different identifiers at one place of otherwise equal templates that make it a variable. */
	minIdentifiers?: number;
	/** Different words at one place that make it a variable. */
	minWords?: number;
	/** What `save` returned: the tree goes on from there. BAD_INPUT where it was learned under other rules or settings. */
	state?: TemplateTreeState;
}

export interface Template {
	id: string;
	/** The line's constant words, with typed placeholders, and `<*>` where a variable was learned or is now of one kind, now of another. */
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
	/** What a line of a known template says beyond it; undefined where it is unseen. Learns nothing. */
	values(line: string): LineValues | undefined;
	/** The line that values were taken of, exactly, also when its template was merged since; undefined where that is forgotten. */
	restore(values: LineValues): string | undefined;
	/** The values for the placeholders of the template's text, in order; undefined where putting them there would not give the line. */
	placeholderValues(line: string): string[] | undefined;
	/** The line in pieces, of which every second is a value of its template: joined they are the line. Undefined where it is unseen. */
	pieces(line: string): string[] | undefined;
	/** From now on the ids given so far stay as they are: such templates may take in new ones but never merge with each other. */
	pin(): void;
	save(): TemplateTreeState;
}
