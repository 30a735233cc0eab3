// That all of the API says what it is: every exported name, and every member of what has members.
import process from 'node:process';
import ts from 'typescript';
import { declarations } from './declarations.mjs';

const { file, checker, exported } = declarations();

const undocumented = exported.flatMap(({ name, symbol, declarations }) => [
  ...(isDocumented(symbol) ? [] : [name]),
  ...declarations
    .flatMap(membersOf)
    .filter((member) => !isDocumented(member))
    .map((member) => `${name}.${member.name}`),
]);
for (const name of undocumented) console.log(name);
if (undocumented.length > 0) {
  console.error(`${undocumented.length} names of the API have no doc comment: say what each is, in which unit.`);
  process.exitCode = 1;
}

function isDocumented(symbol) {
  return symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
}

/** Of an interface, a class or a type that is an object, as they stand in our file: not what is inherited from Node. */
function membersOf(declaration) {
  const body = ts.isTypeAliasDeclaration(declaration) ? declaration.type : declaration;
  if (!ts.isInterfaceDeclaration(body) && !ts.isClassDeclaration(body) && !ts.isTypeLiteralNode(body)) return [];
  if (body.getSourceFile() !== file) return [];
  return body.members
    .filter((member) => member.name !== undefined && !ts.isPrivateIdentifier(member.name))
    .filter((member) => !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private))
    .filter((member) => !saysItself(member) && !isOfBase(body, member))
    .map((member) => checker.getSymbolAtLocation(member.name))
    .filter((symbol) => symbol !== undefined);
}

/** `type: 'end'`: what tells one of several records from the others. */
function saysItself({ type }) {
  return type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal);
}

/** Said there, once. */
function isOfBase(declaration, { name }) {
  if (!ts.isClassDeclaration(declaration)) return false;
  const bases = checker.getBaseTypes(checker.getTypeAtLocation(declaration));
  return bases.some((base) => base.getProperty(name.getText()) !== undefined);
}
