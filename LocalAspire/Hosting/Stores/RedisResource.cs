using System.Net.Sockets;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

public class RedisResource : Resource, IResourceWithEndpoints, IResourceWithConnectionString
{
    readonly EndpointAnnotation _endpoint = new("tcp", "tcp", Port: null);
    readonly string _password;

    internal RedisResource(string name, string password) : base(name)
    {
        _password = password;
        Endpoints.Add(_endpoint);
        HealthChecks.Add(PingAsync);
    }

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>($"127.0.0.1:{_endpoint.AllocatedPorts[0]},password={_password}");

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(RunContext context, CancellationToken cancellationToken)
    {
        var program = $"{ServerPackage.FolderOf("redis-server", "redis-server")}/redis-server";
        var folder = Directory.CreateDirectory(context.Data.For(this), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var file = Path.Combine(folder.FullName, "redis.conf");
        // Every key can be rebuilt from Postgres, so nothing is saved; and a key must never vanish because memory is short.
        // A file, because a password among the arguments is visible to every user of the machine.
        await File.WriteAllTextAsync(
            file,
            $"""
            bind 127.0.0.1
            port {_endpoint.AllocatedPorts[0]}
            requirepass {_password}
            dir "{folder.FullName}"
            appendonly no
            save ""
            maxmemory-policy noeviction
            """,
            cancellationToken);
        return [new ProcessStart([program, file], folder.FullName)];
    }

    async Task PingAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _endpoint.AllocatedPorts[0], cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {_password}\r\nPING\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        if (await reader.ReadLineAsync(cancellationToken) != "+OK" || await reader.ReadLineAsync(cancellationToken) != "+PONG")
            throw new IOException($"{Name} does not answer.");
    }
}
