import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The CNI plugin `noted`, which notes how it was called (`ADD client result`: with the result of the plugin before it),
 * hands that result on, and fails or waits at the call that TEST_FAILS_AT or TEST_WAITS_AT names (`ADD server`).
 */
export function writeNotedPlugin(directory: string, calls: string): void {
  writeFileSync(
    join(directory, 'noted'),
    `#!/bin/sh
request=$(cat)
call="$CNI_COMMAND \${CNI_CONTAINERID##*-}"
result=none
case $request in *'"prevResult":'*) result=\${request#*'"prevResult":'};; esac
echo "$call $([ "$result" = none ] && echo none || echo result)" >>${calls}
[ "$call" != "$TEST_WAITS_AT" ] || sleep 100
if [ "$call" = "$TEST_FAILS_AT" ]; then
  echo '{"cniVersion": "1.0.0", "code": 42, "msg": "no room", "details": "for this one"}'
  exit 1
fi
[ "$CNI_COMMAND" != ADD ] || printf %s "\${result%\\}}"
`,
    { mode: 0o755 },
  );
}
