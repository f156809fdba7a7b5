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
  const parts = tokenParts(value).map((part) => (Token.isUnresolved(part) ? argument(part) : literal(part)));
  return Fn.join("", parts);
}

/** The string for use in a function or an operator of Terraform: each token in it is an expression there. */
export function asArgument(value: string): string {
  return argumentsOf(value).join("");
}

/** The parts of the string for use in a list that is an argument. */
export function argumentsOf(value: string): string[] {
  return tokenParts(value).map((part) => (Token.isUnresolved(part) ? argument(part) : part));
}

function argument(token: string): string {
  return Token.asString(new Argument(token));
}

function literal(text: string): string {
  return Fn.base64decode(Buffer.from(text).toString("base64"));
}

/** A text that needs no escaping between quotes. */
const SIMPLE = /^[\w ./:@=-]*$/;

/**
 * A token as an argument. cdktf writes what a token gives as it is, without quotes, which is an expression if it is a
 * reference and none if it is the text of a `Lazy`.
 */
class Argument implements IResolvable {
  public readonly creationStack: string[] = [];

  constructor(private readonly token: string) {}

  public resolve(context: IResolveContext): unknown {
    const [given]: readonly IResolvable[] = Tokenization.reverseString(this.token).tokens;
    // While it prepares, cdktf looks for the references to other stacks in what is returned.
    if (context.preparing) {
      return given;
    }
    const [text, braced] = [true, false].map((suppressBraces): unknown =>
      given.resolve({ ...context, suppressBraces }),
    );
    if (typeof text !== "string") {
      return given;
    }
    if (tokenParts(text).some((part) => Token.isUnresolved(part))) {
      return tokenExpression(text);
    }
    // An expression has no braces inside of another one.
    if (text !== braced) {
      return given;
    }
    return SIMPLE.test(text) ? rawString(text) : literal(text);
  }

  public toString(): string {
    return Token.asString(this);
  }
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
export function withStringTokens(value: string): string {
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
