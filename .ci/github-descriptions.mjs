// Makes tests/fixtures/github/ from GitHub's own descriptions of its API, trimmed to what Tempergate uses.
//   npm install --prefix DIR --ignore-scripts @octokit/openapi@23.0.2 @octokit/graphql-schema@15.26.1 graphql@16
//   node .ci/github-descriptions.mjs DIR
// Run it again, and commit what it writes, when Tempergate uses another operation or GitHub changes one.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const packages = resolve(process.argv[2], 'node_modules');
const target = new URL('../tests/fixtures/github/', import.meta.url);

const OPERATIONS = {
  '/repos/{owner}/{repo}/pulls': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/files': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls/comments/{comment_id}': ['patch'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['patch'],
  '/repos/{owner}/{repo}/commits/{ref}/check-runs': ['get'],
  '/repos/{owner}/{repo}/check-runs': ['post'],
  '/repos/{owner}/{repo}/check-runs/{check_run_id}': ['patch'],
  '/repos/{owner}/{repo}/code-scanning/sarifs': ['post'],
  '/repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}': ['get'],
};

// Types of the GraphQL API; of each, the fields stay whose type is here or a scalar.
const TYPES = new Set([
  'Query', 'Mutation', 'Repository', 'PullRequest', 'PageInfo', 'Node', 'Actor', 'Bot', 'User', 'Minimizable', 'Comment',
  'PullRequestReviewThreadConnection', 'PullRequestReviewThread', 'PullRequestReviewCommentConnection',
  'PullRequestReviewComment', 'PullRequestReviewThreadSubjectType', 'DiffSide', 'IssueCommentConnection', 'IssueComment',
  'IssueCommentOrder', 'IssueCommentOrderField', 'OrderDirection', 'ReportedContentClassifiers', 'ResolveReviewThreadInput',
  'ResolveReviewThreadPayload', 'UnresolveReviewThreadInput', 'UnresolveReviewThreadPayload', 'MinimizeCommentInput',
  'MinimizeCommentPayload', 'RateLimit',
]);

const JSON_TYPES = ['application/json', 'application/scim+json'];

function openapi() {
  const whole = JSON.parse(readFileSync(`${packages}/@octokit/openapi/generated/api.github.com.json`, 'utf8'));
  const paths = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    paths[path] = Object.fromEntries(methods.map((method) => [method, operation(whole.paths[path][method], path, method)]));
  }
  const components = {};
  collect(paths, whole, components);
  const { version, title, license } = whole.info;
  return { openapi: whole.openapi, info: { title, version, license }, paths, components };
}

function operation(source, path, method) {
  if (!source) throw new Error(`GitHub's description has no ${method} ${path}`);
  const { operationId, parameters, requestBody, responses } = source;
  return lean({ operationId, parameters, requestBody, responses });
}

// Copies what decides about validity: no prose, no examples, no extensions. `properties` holds names, not keywords.
function lean(value, names = false) {
  if (Array.isArray(value)) return value.map((item) => lean(item));
  if (value === null || typeof value !== 'object') return value;
  const kept = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const prose = ['description', 'example', 'examples', 'externalDocs', 'summary', 'title', 'default'];
    if (!names && (key.startsWith('x-') || prose.includes(key))) continue;
    if (key === 'content' && !names) {
      const json = Object.entries(item).filter(([type]) => JSON_TYPES.includes(type));
      kept[key] = Object.fromEntries(json.map(([type, body]) => [type, lean(body)]));
    } else {
      kept[key] = lean(item, !names && ['properties', 'headers', 'schemas'].includes(key));
    }
  }
  return kept;
}

// Adds everything that is referred to, and what that refers to, and so on.
function collect(root, whole, components) {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (value === null || typeof value !== 'object') continue;
    const reference = typeof value.$ref === 'string' ? value.$ref : undefined;
    if (reference) {
      const [, , kind, name] = reference.split('/');
      components[kind] ??= {};
      if (!(name in components[kind])) {
        components[kind][name] = lean(whole.components[kind][name]);
        open.push(components[kind][name]);
      }
    }
    open.push(...Object.values(value));
  }
  for (const kind of Object.keys(components)) {
    components[kind] = Object.fromEntries(Object.entries(components[kind]).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

// The specification wants a description of every response.
function describe(value) {
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'responses') {
      for (const response of Object.values(item)) if (!response.$ref) response.description ??= '';
    }
    describe(item);
  }
}

async function graphql() {
  const require = createRequire(`${packages}/`);
  const { parse, print, visit } = require('graphql');
  const source = parse(readFileSync(`${packages}/@octokit/graphql-schema/schema.graphql`, 'utf8'), { noLocation: true });
  const scalars = new Set(['ID', 'String', 'Int', 'Float', 'Boolean']);
  for (const definition of source.definitions) {
    if (definition.kind === 'ScalarTypeDefinition') scalars.add(definition.name.value);
  }
  const inner = (type) => (type.type ? inner(type.type) : type.name.value);
  const known = (node) => TYPES.has(inner(node.type)) || scalars.has(inner(node.type));
  const kept = source.definitions.filter((d) => d.kind === 'ScalarTypeDefinition' || TYPES.has(d.name?.value));
  const mutations = ['resolveReviewThread', 'unresolveReviewThread', 'minimizeComment'];
  const trimmed = visit({ kind: 'Document', definitions: kept }, {
    Directive: () => null,
    ObjectTypeDefinition: (node) => ({
      ...node,
      interfaces: node.interfaces.filter((i) => TYPES.has(i.name.value)),
      fields: node.fields.filter((f) => known(f) && (node.name.value !== 'Mutation' || mutations.includes(f.name.value))),
    }),
    InterfaceTypeDefinition: (node) => ({ ...node, fields: node.fields.filter(known) }),
    FieldDefinition: (node) => ({ ...node, arguments: node.arguments.filter(known) }),
    InputObjectTypeDefinition: (node) => ({ ...node, fields: node.fields.filter(known) }),
  });
  const silent = visit(trimmed, { enter: (node) => (node.description ? { ...node, description: undefined } : undefined) });
  return `${print(silent)}\n`;
}

const trimmed = openapi();
describe(trimmed);
writeFileSync(new URL('openapi.json', target), `${JSON.stringify(trimmed, null, 1)}\n`);
writeFileSync(new URL('schema.graphql', target), await graphql());
for (const [from, to] of [['@octokit/openapi/LICENSE', 'LICENSE-openapi'], ['@octokit/graphql-schema/LICENSE.md', 'LICENSE-graphql-schema']]) {
  writeFileSync(new URL(to, target), readFileSync(`${packages}/${from}`));
}
