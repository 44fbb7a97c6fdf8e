import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { UriTemplate } from "@modelcontextprotocol/sdk/shared/uriTemplate.js";
import {
	CompleteRequestSchema,
	ListResourcesRequestSchema,
	ListResourceTemplatesRequestSchema,
	McpError,
	ReadResourceRequestSchema,
	ErrorCode as RpcCode,
} from "@modelcontextprotocol/sdk/types.js";
import type { Prompt } from "../prompt.ts";
import type { FixedResource, Resource, ResourceBody, TemplateResource } from "../resource.ts";
import { isTemplate } from "../resource.ts";
import type { ToolContext } from "../tool.ts";
import { callContext } from "./call-context.ts";
import { inRpcTerms, RESOURCE_NOT_FOUND } from "./to-rpc-error.ts";

/** The protocol's own limit on values offered by one completion. */
const MAX_COMPLETIONS = 100;

export function handleResources(server: Server, resources: readonly Resource[], now: () => number): void {
	const fixed = resources.filter((resource): resource is FixedResource => !isTemplate(resource));
	const templates = resources.filter(isTemplate).map((resource) => ({ resource, template: new UriTemplate(resource.uriTemplate) }));

	async function read(uri: string, context: ToolContext): Promise<ResourceBody[]> {
		const here = fixed.find((resource) => resource.uri === uri);
		if (here !== undefined) return withType(await here.read(context), here.mimeType);
		for (const { resource, template } of templates) {
			const variables = template.match(uri);
			if (variables === null) continue;
			const flat = Object.fromEntries(
				Object.entries(variables).map(([name, value]) => [name, decode(Array.isArray(value) ? value.join(",") : value)]),
			);
			return withType(await resource.read(flat, context), resource.mimeType);
		}
		throw notFound(uri);
	}

	server.setRequestHandler(ListResourcesRequestSchema, async (_request, extra) => {
		const context = callContext(server, extra, extra.signal, now);
		const listed = await inRpcTerms(
			async () => await Promise.all(templates.map(async ({ resource }) => await (resource.list?.(context) ?? []))),
		);
		return { resources: [...fixed.map(({ read: _read, ...shown }) => shown), ...listed.flat()] };
	});
	server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
		resourceTemplates: templates.map(({ resource: { read: _read, list: _list, complete: _complete, ...shown } }) => shown),
	}));
	server.setRequestHandler(ReadResourceRequestSchema, async (request, extra) => {
		const { uri } = request.params;
		const bodies = await inRpcTerms(async () => await read(uri, callContext(server, extra, extra.signal, now)));
		return { contents: bodies.map((body) => ({ uri, ...body })) };
	});
}

export function handleCompletion(server: Server, prompts: readonly Prompt[], resources: readonly Resource[]): void {
	server.setRequestHandler(CompleteRequestSchema, async (request) => {
		const { ref, argument, context } = request.params;
		const others = context?.arguments ?? {};
		const values =
			ref.type === "ref/prompt"
				? completePrompt(prompts, ref.name, argument, others)
				: completeTemplate(resources, ref.uri, argument, others);
		const all = await inRpcTerms(async () => await values);
		return { completion: { values: all.slice(0, MAX_COMPLETIONS), total: all.length, hasMore: all.length > MAX_COMPLETIONS } };
	});
}

interface Typed {
	name: string;
	value: string;
}

async function completePrompt(
	prompts: readonly Prompt[],
	name: string,
	typed: Typed,
	others: Record<string, string>,
): Promise<readonly string[]> {
	const prompt = prompts.find((candidate) => candidate.name === name);
	if (prompt === undefined) throw new McpError(RpcCode.InvalidParams, "there is no prompt of that name");
	return await (prompt.arguments?.find((argument) => argument.name === typed.name)?.complete?.(typed.value, others) ?? []);
}

async function completeTemplate(
	resources: readonly Resource[],
	uri: string,
	typed: Typed,
	others: Record<string, string>,
): Promise<readonly string[]> {
	const template = resources.find((resource): resource is TemplateResource => isTemplate(resource) && resource.uriTemplate === uri);
	if (template === undefined) throw new McpError(RpcCode.InvalidParams, "there is no resource template of that form");
	return await (template.complete?.[typed.name]?.(typed.value, others) ?? []);
}

function withType(read: ResourceBody | ResourceBody[], mimeType: string | undefined): ResourceBody[] {
	const bodies = Array.isArray(read) ? read : [read];
	return mimeType === undefined ? bodies : bodies.map((body) => ({ mimeType, ...body }));
}

function notFound(uri: string): McpError {
	return new McpError(RESOURCE_NOT_FOUND, "there is no such resource", { uri });
}

function decode(value: string): string {
	try {
		return decodeURIComponent(value);
	} catch {
		return value;
	}
}
