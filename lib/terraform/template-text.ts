import {
  DefaultTokenResolver,
  Fn,
  IPostProcessor,
  IResolvable,
  IResolveContext,
  StringConcat,
  TerraformStack,
  Token,
  Tokenization,
} from "cdktf";
import { Construct } from "constructs";

/**
 * A string with tokens as one Terraform expression, whose value is a string whatever the token's is. Its literal parts
 * are in base64, so that nothing needs quoting.
 */
export function tokenExpression(value: string): string {
  const parts = tokenParts(value).map((part) =>
    Token.isUnresolved(part) ? part : Fn.base64decode(Buffer.from(part).toString("base64")),
  );
  return Fn.join("", parts);
}

/** A string of Terraform's language. cdktf escapes quotes, and leaves backslashes as they are. */
export function rawString(text: string): string {
  return Fn.rawString(text.replace(/\\/g, "\\\\"));
}

/** The value as Terraform sees it, for example `${var.name}`: the same for two tokens of one variable. */
export function resolveTokens(scope: Construct, value: string): string {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return String(Tokenization.resolve(value, { scope, resolver, preparing: false }));
}

/** Puts the stack before a reference to another stack, which may have the same text as one to the scope's own. */
class StackResolver extends DefaultTokenResolver {
  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    const text: unknown = super.resolveToken(token, context, postProcessor);
    const { originStack } = token as { originStack?: TerraformStack };
    const isOwn = originStack === undefined || originStack === TerraformStack.of(context.scope);
    return isOwn ? text : `${originStack.node.path}:${String(text)}`;
  }
}

/**
 * What a value refers to: the same for two tokens of one attribute, and another one for that of another stack. It can be
 * asked for while constructs are created, when references to other stacks cannot be resolved yet.
 */
export function referent(scope: Construct, value: string): string {
  const resolver = new StackResolver(new StringConcat());
  return String(Tokenization.resolve(value, { scope, resolver, preparing: false }) ?? value);
}

/** A name, or what `referent` says of it, as a part of a construct's id, which cannot have tokens. */
export function idPart(name: string): string {
  return name.replace(/\$\{/g, "{").replace(/[^\w.{}-]/g, "-");
}

/** How a number token is written in a string. Whether it is one, cdktf knows. */
const NUMBER_TOKEN = /-\d\.\d+e\+\d+/g;

/**
 * The string with string tokens for the number tokens in it, such as `${variable.numberValue}`. `Token.isUnresolved` does
 * not see those, though cdktf resolves them.
 */
function withStringTokens(value: string): string {
  return value.replace(NUMBER_TOKEN, (text) => {
    const token = Tokenization.reverseNumber(Number(text));
    return token === undefined ? text : Token.asString(token);
  });
}

/** The literals and tokens of a string, in order: as string tokens, those of numbers too. Joined, they are the string. */
export function tokenParts(value: string): string[] {
  const text = withStringTokens(value);
  if (!Token.isUnresolved(text)) {
    return [text];
  }
  const parts: string[] = [];
  const first = Tokenization.reverseString(text).join({
    join: (left, right) => {
      if (parts.length === 0) {
        parts.push(left);
      }
      parts.push(right);
      return left;
    },
  });
  return parts.length > 0 ? parts : [first];
}

/** Escapes values that Terraform would take for templates. Strings with tokens are templates and stay as they are. */
export function escapeValues(values: { readonly [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Token.isUnresolved(value) ? value : escapeTemplate(value)]),
  );
}

/** Escapes a text for Terraform's template language: `${` becomes `$${`. */
export function escapeTemplate(text: string): string {
  return text.replace(/([$%])\{/g, "$1$1{");
}
