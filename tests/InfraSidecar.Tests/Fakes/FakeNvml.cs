using System.Diagnostics;

namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>A driver library in a folder of its own, made from nvml_stub.c by the C compiler at hand.</summary>
sealed class FakeNvml : IDisposable
{
    static readonly Lazy<Task<string?>> s_current = new(() => CompileAsync("current"));
    static readonly Lazy<Task<string?>> s_old = new(() => CompileAsync("old", "-DOLD_DRIVER"));

    readonly string _folder = Directory.CreateTempSubdirectory("nvml-").FullName;

    public string Path => System.IO.Path.Combine(_folder, "libnvidia-ml.so.1");

    /// <summary>The setting that makes the sidecar use it.</summary>
    public string Setting => $"NVML_LIBRARY={Path}";

    public bool IsHanging => File.Exists(System.IO.Path.Combine(_folder, "hanging"));

    /// <param name="cards">Lines such as <c>devices=2</c>, or <c>nvmlDeviceGetPowerUsage@1=3</c>.</param>
    public static Task<FakeNvml> WithAsync(params string[] cards) => CreateAsync(s_current.Value, cards);

    /// <inheritdoc cref="WithAsync"/>
    public static Task<FakeNvml> OldAsync(params string[] cards) => CreateAsync(s_old.Value, cards);

    public void Write(params string[] cards)
    {
        // Replaced at once: the library reads it at any moment.
        var draft = System.IO.Path.Combine(_folder, "draft");
        File.WriteAllLines(draft, cards);
        File.Move(draft, System.IO.Path.Combine(_folder, "cards"), overwrite: true);
    }

    public void Hang() => File.WriteAllText(System.IO.Path.Combine(_folder, "hang"), "");

    public void LetGo() => File.Delete(System.IO.Path.Combine(_folder, "hang"));

    public void Dispose()
    {
        LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    static async Task<FakeNvml> CreateAsync(Task<string?> compiling, string[] cards)
    {
        var library = await compiling;
        if (library is null)
        {
            const string Missing = "There is no C compiler (cc) to make the stand-in for the driver's library with; REQUIRE_CC=true makes that a failure.";
            Assert.False(Environment.GetEnvironmentVariable("REQUIRE_CC") == "true", Missing);
            Assert.Skip(Missing);
        }
        var fake = new FakeNvml();
        // A copy of its own: the loader keeps one library, with its state, for each file.
        File.Copy(library, fake.Path);
        fake.Write(cards);
        return fake;
    }

    /// <summary>Null without a compiler.</summary>
    static async Task<string?> CompileAsync(string name, params string[] defines)
    {
        var source = System.IO.Path.Combine(AppContext.BaseDirectory, "Fakes", "nvml_stub.c");
        var target = System.IO.Path.Combine(Directory.CreateTempSubdirectory("nvml-stub-").FullName, name + ".so");
        if ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').All(folder => !File.Exists(System.IO.Path.Combine(folder, "cc"))))
            return null;
        var start = new ProcessStartInfo("cc", ["-shared", "-fPIC", .. defines, "-o", target, source, "-ldl"])
        {
            RedirectStandardError = true,
        };
        using var compiler = Process.Start(start)!;
        var complaints = await compiler.StandardError.ReadToEndAsync(CancellationToken.None);
        await compiler.WaitForExitAsync(CancellationToken.None);
        Assert.True(compiler.ExitCode == 0, complaints);
        return target;
    }
}
