// Decides requests with @cloud-copilot/iam-simulate: a JSON list on standard input, a JSON list of answers on standard output.
import { runSimulation } from '@cloud-copilot/iam-simulate'

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const answers = []
for (const { policy, boundary, action, resource, context } of JSON.parse(Buffer.concat(chunks).toString())) {
  const answer = await runSimulation({
    request: {
      principal: 'arn:aws:iam::123456789012:role/deploy',
      action,
      resource: { resource, accountId: '123456789012' },
      contextVariables: context,
    },
    identityPolicies: [{ name: 'policy', policy }],
    permissionBoundaryPolicies: boundary ? [{ name: 'boundary', policy: boundary }] : undefined,
    serviceControlPolicies: [{ orgIdentifier: 'r-1', policies: [{ name: 'all', policy: everything }] }],
    resourceControlPolicies: [],
  }, {})
  answers.push(answer.resultType === 'error'
    ? { error: JSON.stringify(answer.errors) }
    : { result: answer.overallResult, ignored: (answer.result ?? answer.results[0])?.ignoredContextKeys ?? [] })
}
process.stdout.write(JSON.stringify(answers))
