using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace IlgpuVq.Tests.Support;

/// <summary>A page from a file in Chromium without a window, driven through its DevTools protocol
/// (https://chromedevtools.github.io/devtools-protocol).</summary>
internal sealed class ChromiumPage : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Keys by the numbers that Windows has for them, without which they do nothing by themselves.</summary>
    private static readonly Dictionary<string, int> Keys = new()
    {
        ["Tab"] = 9,
        ["Enter"] = 13,
        ["End"] = 35,
        ["Home"] = 36,
        ["ArrowLeft"] = 37,
        ["ArrowUp"] = 38,
        ["ArrowRight"] = 39,
        ["ArrowDown"] = 40,
    };

    private readonly string profile = Directory.CreateTempSubdirectory("ilgpuvq-browser-").FullName;
    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private int calls;

    private ChromiumPage(string browser)
    {
        process = Process.Start(new ProcessStartInfo(browser,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-breakpad",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
                "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Addresses that the page asked for, but for what lies in the page itself.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Errors and warnings of its console.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Opens a page from a file, and waits until it is loaded.</summary>
    public static ChromiumPage Open(string file)
    {
        var page = new ChromiumPage(Chromium.Require());
        try
        {
            page.Connect();
            foreach (var domain in (string[])["Network", "Runtime", "Log", "Page"])
            {
                page.Call($"{domain}.enable");
            }

            page.Show(1600);
            page.Call("Page.navigate", new JsonObject { ["url"] = new Uri(Path.GetFullPath(file)).AbsoluteUri });
            page.WaitFor("location.protocol === 'file:' && document.readyState === 'complete'");
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    /// <summary>Gives it another width, and light or dark colours.</summary>
    public void Show(int width, bool isDark = false)
    {
        Call("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = 900,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = false,
        });
        var scheme = new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" };
        Call("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(scheme) });
    }

    /// <summary>What an expression gives, as JSON; promises are waited for.</summary>
    public JsonNode? Evaluate(string expression)
    {
        var result = Call("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["returnByValue"] = true,
            ["awaitPromise"] = true,
        });
        return result["exceptionDetails"] is { } error
            ? throw new InvalidOperationException(error.ToJsonString())
            : result["result"]!["value"]?.DeepClone();
    }

    /// <summary>The text of an element.</summary>
    public string TextOf(string selector) =>
        Evaluate($"document.querySelector('{selector}').textContent")!.GetValue<string>();

    /// <summary>Waits until an expression is true.</summary>
    public void WaitFor(string expression)
    {
        for (var watch = Stopwatch.StartNew(); Evaluate(expression)?.GetValue<bool>() != true; Thread.Sleep(20))
        {
            if (watch.Elapsed > Patience)
            {
                var status = Evaluate("document.querySelector('[role=status]')?.textContent");
                throw new TimeoutException($"{expression}: {status} {string.Join("; ", Errors)}");
            }
        }
    }

    /// <summary>Presses a button of the mouse at a place in an element, given as parts of its sides.</summary>
    public void Click(string selector, double x, double y, string button = "left")
    {
        var box = Evaluate($$"""
            (element => {
              element.scrollIntoView({ block: "center" });
              const box = element.getBoundingClientRect();
              return [box.left, box.top, box.width, box.height];
            })(document.querySelector('{{selector}}'))
            """)!.AsArray().GetValues<double>().ToArray();
        foreach (var kind in (string[])["mousePressed", "mouseReleased"])
        {
            Call("Input.dispatchMouseEvent", new JsonObject
            {
                ["type"] = kind,
                ["x"] = box[0] + (x * box[2]),
                ["y"] = box[1] + (y * box[3]),
                ["button"] = button,
                ["buttons"] = button == "left" ? 1 : 2,
                ["clickCount"] = 1,
            });
        }
    }

    /// <summary>Gives an element the keyboard.</summary>
    public void Focus(string selector) => Evaluate($"document.querySelector('{selector}').focus()");

    /// <summary>Presses keys, one after the other.</summary>
    public void Press(params string[] keys)
    {
        foreach (var key in keys)
        {
            foreach (var kind in (string[])["keyDown", "keyUp"])
            {
                Call("Input.dispatchKeyEvent", new JsonObject
                {
                    ["type"] = kind,
                    ["key"] = key,
                    ["code"] = key,
                    ["windowsVirtualKeyCode"] = Keys[key],
                    ["text"] = key == "Enter" && kind == "keyDown" ? "\r" : "", // what it types, without which it does nothing
                });
            }
        }
    }

    /// <summary>Chooses a file for an input.</summary>
    public void ChooseFile(string selector, string file)
    {
        var document = Call("DOM.getDocument")["root"]!["nodeId"]!.DeepClone();
        var node = Call("DOM.querySelector", new JsonObject { ["nodeId"] = document, ["selector"] = selector })["nodeId"]!;
        Call("DOM.setFileInputFiles", new JsonObject
        {
            ["nodeId"] = node.DeepClone(),
            ["files"] = new JsonArray(Path.GetFullPath(file)),
        });
    }

    public void Dispose()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        for (var i = 0; Directory.Exists(profile) && i < 50; i++)
        {
            try
            {
                Directory.Delete(profile, recursive: true);
            }
            catch (IOException)
            {
                // A process of it still writes there.
                Thread.Sleep(20);
            }
        }
    }

    private void Connect()
    {
        var file = Path.Combine(profile, "DevToolsActivePort");
        string[] lines = [];
        for (var watch = Stopwatch.StartNew(); lines.Length < 2; lines = File.Exists(file) ? File.ReadAllLines(file) : [])
        {
            Thread.Sleep(20);
            if (process.HasExited || watch.Elapsed > Patience)
            {
                throw new TimeoutException("Chromium did not start.");
            }
        }

        using var client = new HttpClient();
        var list = client.GetStringAsync(new Uri($"http://127.0.0.1:{lines[0]}/json/list")).GetAwaiter().GetResult();
        var page = JsonNode.Parse(list)!.AsArray().First(target => target!["type"]!.GetValue<string>() == "page");
        socket.ConnectAsync(new Uri(page!["webSocketDebuggerUrl"]!.GetValue<string>()), CancellationToken.None)
            .GetAwaiter().GetResult();
    }

    private JsonNode Call(string method, JsonObject? parameters = null)
    {
        var id = ++calls;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        var bytes = Encoding.UTF8.GetBytes(message.ToJsonString());
        socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).GetAwaiter().GetResult();
        while (true)
        {
            var answer = Receive();
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
            }

            Note(answer["method"]?.GetValue<string>(), answer["params"]);
        }
    }

    private void Note(string? what, JsonNode? details)
    {
        switch (what)
        {
            case "Network.requestWillBeSent" when details!["request"]!["url"]!.GetValue<string>() is var url &&
                !url.StartsWith("data:", StringComparison.Ordinal) && !url.StartsWith("blob:", StringComparison.Ordinal):
                Requests.Add(url);
                break;
            case "Runtime.exceptionThrown":
                Errors.Add(details!["exceptionDetails"]!.ToJsonString());
                break;
            case "Log.entryAdded":
                Errors.Add(details!["entry"]!.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when details!["type"]!.GetValue<string>() is "error" or "warning" or "assert":
                Errors.Add(details["args"]!.ToJsonString());
                break;
        }
    }

    private JsonNode Receive()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = socket.ReceiveAsync(buffer, patience.Token).GetAwaiter().GetResult();
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
