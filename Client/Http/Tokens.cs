namespace AiPlatform.Client.Http;

static class Tokens
{
    public const string Rule = "must have 1 to 4096 characters, printable ones of ASCII without blanks.";

    /// <summary>Whether it can stand in a header. What .NET says of one that cannot repeats it.</summary>
    public static bool IsSendable(string token) => token.Length is > 0 and <= 4096 && token.All(character => character is > ' ' and <= '~');
}
