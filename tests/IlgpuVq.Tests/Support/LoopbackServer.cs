using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IlgpuVq.Tests.Support;

/// <summary>A tiny HTTP server on this machine whose answers are given byte by byte, so that they may also be wrong.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly Dictionary<string, byte[]> answers = [];
    private readonly List<string> requests = [];
    private readonly Task serving;

    public LoopbackServer()
    {
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>The paths asked for, in order.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (requests)
            {
                return [.. requests];
            }
        }
    }

    /// <summary>Answers a path with a content; <paramref name="announced"/> may lie about its length.</summary>
    public Uri Serve(string path, byte[] content, string status = "200 OK", long? announced = null)
    {
        var head = $"HTTP/1.1 {status}\r\nContent-Length: {announced ?? content.Length}\r\nConnection: close\r\n\r\n";
        return ServeRaw(path, [.. Encoding.ASCII.GetBytes(head), .. content]);
    }

    /// <summary>Answers a path with these bytes, then closes the connection.</summary>
    public Uri ServeRaw(string path, byte[] answer)
    {
        lock (answers)
        {
            answers[path] = answer;
        }

        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}{path}");
    }

    public void Dispose()
    {
        listener.Stop();
        serving.GetAwaiter().GetResult();
        listener.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync();
                await AnswerAsync(client);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return; // stopped
            }
            catch (IOException)
            {
                // The client went away; so be it.
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var path = (await reader.ReadLineAsync())?.Split(' ')[1] ?? "";
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        byte[]? answer;
        lock (requests)
        {
            requests.Add(path);
        }

        lock (answers)
        {
            answers.TryGetValue(path, out answer);
        }

        await stream.WriteAsync(answer ?? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
    }
}
