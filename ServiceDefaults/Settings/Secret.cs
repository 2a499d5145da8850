using System.Text;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>A secret as it is configured: under its own name, or in the file that its name with <c>_FILE</c> gives the path of.</summary>
/// <param name="Text">Without surrounding blanks and line breaks; null where there is none, or none that can be had.</param>
/// <param name="Problem">A sentence that names the settings and the path, never the content; null where nothing is wrong.</param>
public readonly record struct Secret(string? Text, string? Problem)
{
    const int MostBytes = 64 * 1024;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The setting that names the file of a secret.</summary>
    public static string FileSetting(string name) => name + "_FILE";

    /// <param name="name">As configuration has it: <c>ConnectionStrings:jobs</c> is <c>ConnectionStrings__jobs</c> to whoever sets it.</param>
    /// <param name="configured">The text of a setting; empty counts as not set.</param>
    public static Secret Read(string name, Func<string, string?> configured)
    {
        var (text, path) = (configured(name)?.Trim() ?? "", configured(FileSetting(name))?.Trim() ?? "");
        var (variable, file) = (Variable(name), Variable(FileSetting(name)));
        var secret = (text, path) switch
        {
            ("", "") => default,
            (_, "") => new Secret(text, null),
            ("", _) => FromFile(path, file),
            _ => new Secret(null, $"{variable} and {file} are both set: only one of them is expected."),
        };
        KnownSecrets.Add(secret.Text);
        return secret;
    }

    static Secret FromFile(string path, string file)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var content = new byte[MostBytes + 1];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length > MostBytes)
                return Wrong($"it holds more than {MostBytes} bytes, which no secret does.");

            // Editors on Windows begin a file with a mark.
            var text = Strict.GetString(content, 0, length).TrimStart('\uFEFF').Trim();
            if (text.Length == 0)
                return Wrong("it is empty.");
            return text.Any(char.IsControl) ? Wrong("it holds more than one line of text.") : new Secret(text, null);
        }
        catch (DecoderFallbackException)
        {
            return Wrong("it is not text in UTF-8.");
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return Wrong("there is no such file.");
        }
        catch (UnauthorizedAccessException)
        {
            return Wrong("it is a folder, or this process may not read it.");
        }
        catch (Exception failure) when (failure is IOException or ArgumentException or NotSupportedException)
        {
            return Wrong("it cannot be read.");
        }

        Secret Wrong(string reason) => new(null, $"{file} is '{Setting.Shorten(path)}': {reason}");
    }

    static string Variable(string name) => name.Replace(":", "__", StringComparison.Ordinal);
}
