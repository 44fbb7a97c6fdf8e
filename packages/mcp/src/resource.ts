import type { ResourceLink, ToolContext } from "./tool.ts";

/** One piece of a resource: text, or bytes in base64. Its URI and type are the resource's own unless given. */
export type ResourceBody = ({ text: string } | { blob: string }) & { uri?: string; mimeType?: string };

interface Described {
	name: string;
	title?: string;
	description?: string;
	mimeType?: string;
}

/** A document at one address. */
export interface FixedResource extends Described {
	uri: string;
	read(context: ToolContext): Promise<ResourceBody | ResourceBody[]> | ResourceBody | ResourceBody[];
}

/** Documents of one kind, at addresses of one form (RFC 6570): "faultline://incidents/{id}". Throw NOT_FOUND where there is none. */
export interface TemplateResource extends Described {
	uriTemplate: string;
	read(variables: Record<string, string>, context: ToolContext): Promise<ResourceBody | ResourceBody[]> | ResourceBody | ResourceBody[];
	/** The documents that exist now, newest first; they join resources/list. */
	list?(context: ToolContext): Promise<ResourceLink[]> | ResourceLink[];
	complete?: Record<string, (typed: string, others: Record<string, string>) => readonly string[] | Promise<readonly string[]>>;
}

export type Resource = FixedResource | TemplateResource;

export const isTemplate = (resource: Resource): resource is TemplateResource => "uriTemplate" in resource;

/** Types a document at one address. */
export function defineResource(resource: FixedResource): FixedResource {
	return resource;
}

/** Types documents at addresses of one form. */
export function defineTemplate(resource: TemplateResource): TemplateResource {
	return resource;
}
