import type { ContentBlock, ToolContext } from "./tool.ts";

export interface PromptArgument {
	name: string;
	description: string;
	required?: boolean;
	/** Values to offer for what was typed so far. */
	complete?(typed: string, others: Record<string, string>): readonly string[] | Promise<readonly string[]>;
}

export interface PromptMessage {
	role: "user" | "assistant";
	content: ContentBlock;
}

/** A prompt is a plain record, as a tool is: what the user picks from a menu, and what it says to the model. */
export interface Prompt {
	name: string;
	title: string;
	description: string;
	arguments?: readonly PromptArgument[];
	get(args: Record<string, string>, context: ToolContext): PromptMessage[] | Promise<PromptMessage[]>;
}

export function definePrompt(prompt: Prompt): Prompt {
	return prompt;
}
