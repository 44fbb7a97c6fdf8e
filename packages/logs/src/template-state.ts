import { z } from "zod";

const Words = z.array(z.string());
/** `null` where the template varies. */
const Key = z.array(z.string().nullable());
/** Word of the line that stood where a variable was learned: at which place. */
const Opened = z.tuple([z.int().nonnegative(), z.string()]);
const TemplateId = z.string().regex(/^[0-9a-f]{16}$/);

/** A template tree as plain JSON, elder templates first. */
export const TemplateTreeState = z
	.object({
		version: z.literal(2),
		/** The rules and settings under which it was learned: under others its templates would mean something else. */
		settings: TemplateId,
		templates: z.array(
			z.object({
				id: TemplateId,
				key: Key,
				shown: Words,
				gaps: Words,
				count: z.int().nonnegative(),
				opened: z.array(Opened),
				pinned: z.array(Key),
			}),
		),
		/** Ids that were merged: into which, at what place, and what stood there. */
		merged: z.array(
			z.object({
				id: TemplateId,
				into: TemplateId,
				at: z.int().nonnegative(),
				word: z.string(),
				generation: z.int().nonnegative(),
				opened: z.array(Opened),
				edits: z.array(Opened),
			}),
		),
	})
	.refine(({ templates }) => templates.every(({ key, shown, gaps }) => shown.length === key.length && gaps.length === key.length + 1), {
		message: "words and gaps do not fit each other",
	})
	.refine(({ templates }) => templates.every(({ key, pinned }) => pinned.every((other) => other.length === key.length)), {
		message: "a pinned form is of another length",
	})
	.refine(({ templates }) => new Set(templates.map(({ id }) => id)).size === templates.length, { message: "an id is there twice" });
export type TemplateTreeState = z.infer<typeof TemplateTreeState>;
