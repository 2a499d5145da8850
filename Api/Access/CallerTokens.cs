using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

/// <summary>Tokens as the service makes them: a prefix that secret scanners find, and 256 random bits in base64url.</summary>
static partial class CallerTokens
{
    const string Prefix = "aip_";
    const int RandomBytes = 32;
    const int HintCharacters = 8;

    public static (string Token, NewToken Stored) Make(DateTimeOffset? expiresAt)
    {
        var token = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return (token, new NewToken(Guid.CreateVersion7(), Hash(token), token[..HintCharacters] + "…", expiresAt));
    }

    /// <summary>Whether it could be one of those: then guessing is hopeless, and nobody needs to be kept from it.</summary>
    public static bool IsGenerated(string token) => Form().IsMatch(token);

    /// <summary>What is stored, and compared. A slow hash is for words that can be guessed; with 256 random bits there is nothing to try.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    [GeneratedRegex(@"\Aaip_[A-Za-z0-9_-]{43}\z")]
    private static partial Regex Form();
}
