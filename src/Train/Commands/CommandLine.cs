using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Reflection;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Shells;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>The program's commands, and the one place where errors become a line and an exit code.</summary>
/// <remarks>Exit codes: 0 done, 1 error, 129 stopped by SIGHUP, 130 by Ctrl+C, 143 by SIGTERM.</remarks>
internal static class CommandLine
{
    /// <summary>Set to 1, what no one expected is shown with its stack trace.</summary>
    public const string TraceVariable = "ILGPUVQ_TRACE";

    private const string DefaultCommand = "train";
    private const int Error = 1;

    /// <summary>Lines only, of every command.</summary>
    private static readonly Option<bool> Plain = new("--plain")
    {
        Description = "write lines only, and no bar or view that is drawn again, as to a file (default: off)",
        Recursive = true,
    };

    public static int Run(string[] arguments, IAnsiConsole console, TextWriter errors)
    {
        var root = Create(console, errors);
        var parsed = arguments.Length == 0 ? root.Parse([DefaultCommand]) : root.Parse(arguments);
        console.Profile.Capabilities.Interactive &= !parsed.GetValue(Plain);
        return Invoke(parsed, console.Profile.Out.Writer, errors);
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create(IAnsiConsole console, TextWriter errors)
    {
        var root = new RootCommand("IlgpuVq trains and uses VQ models. Without a command it trains on shapes that it draws.")
        {
            TrainCommand.Create(console),
            FindRateCommand.Create(console),
            EvaluateCommand.Create(console, line => Say(errors, line)),
            TrainPriorCommand.Create(console),
            SampleCommand.Create(console),
            InterpolateCommand.Create(console),
            ReconstructCommand.Create(console),
            EncodeCommand.Create(console),
            DecodeCommand.Create(console),
            CompressCommand.Create(console),
            DecompressCommand.Create(console),
            ImportCommand.Create(console),
            ExportCommand.Create(console),
            RunsCommand.Create(console),
            ReportCommand.Create(console),
            BenchCommand.Create(console),
            ExplainCommand.Create(console),
            DevicesCommand.Create(console),
            CompletionCommand.Create(console),
            CommonOptions.Threads,
            Plain,
        };
        foreach (var help in root.Options.OfType<HelpOption>().Select(option => option.Action).OfType<HelpAction>())
        {
            help.MaxWidth = console.Profile.Width;
        }

        CommandExamples.AddTo(root);
        Completions.AddTo(root);
        SuggestAction.AddTo(root);
        return root;
    }

    /// <summary>Does what was typed.</summary>
    public static int Invoke(ParseResult parsed, TextWriter output, TextWriter errors)
    {
        // A shell that asks what fits next has a line that is not whole.
        var isAsked = parsed.Tokens is [{ Type: TokenType.Directive }, ..];
        if (!isAsked && WhatIsWrong(parsed) is { } wrong)
        {
            return Fail(errors, wrong);
        }

        // Signals are the commands' own business: training saves a checkpoint first.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = output,
        };
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (Exception exception)
        {
            return Fail(errors, Describe(exception));
        }
    }

    /// <summary>The line for any exception: that of a user's mistake or of a refusing machine says what to do, all others ask
    /// for a report.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        DataException data => DataErrors.Line(data),
        UserException or IOException or UnauthorizedAccessException => exception.Message,
        OutOfMemoryException => $"memory: expected enough for this work; got less ({exception.Message.TrimEnd('.')}). "
            + "Take a smaller batch, smaller images or a smaller model.",
        _ => $"unexpected {exception.GetType().Name}: {exception.Message.TrimEnd('.')}{Place(exception)}. This is a fault of the "
            + $"program: please report this line and what you typed; {TraceVariable}=1 shows more.{Trace(exception)}",
    };

    /// <summary>Says what went wrong; the exit code.</summary>
    public static int Fail(TextWriter errors, string message)
    {
        Say(errors, message);
        return Error;
    }

    /// <summary>A line to the person; where nobody can hear it, the exit code must do.</summary>
    private static void Say(TextWriter errors, string message)
    {
        try
        {
            errors.WriteLine(message.ReplaceLineEndings(" ").Trim());
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
        {
            // The place for errors is closed.
        }
    }

    private static string Place(Exception exception) =>
        new StackTrace(exception).GetFrames().Select(frame => frame.GetMethod()).FirstOrDefault(IsOwn) is { } own
            ? $" in {own.DeclaringType!.Name}.{own.Name}"
            : "";

    private static bool IsOwn(MethodBase? method) =>
        method?.DeclaringType?.FullName?.StartsWith(nameof(IlgpuVq), StringComparison.Ordinal) == true;

    private static string Trace(Exception exception) =>
        Environment.GetEnvironmentVariable(TraceVariable) == "1" ? $" {exception}" : "";

    /// <summary>What is wrong with what was typed; null for nothing.</summary>
    internal static string? WhatIsWrong(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var needsSubcommand = command.Subcommands.Count > 0 && command.Action is null;
        var help = ProgramName.Hint([.. WordsOf(parsed.CommandResult), "--help"]);
        if (parsed.UnmatchedTokens.Concat(OptionsTakenForArguments(parsed.CommandResult)).FirstOrDefault() is { } unknown)
        {
            return needsSubcommand ? WrongCommand(command, $"'{unknown}'", unknown, help)
                : unknown.StartsWith('-') ? Line(
                    unknown, $"an option of {command.Name}", "an unknown one",
                    Spelling.DidYouMean(unknown, command.Options.Append(Plain).Select(option => option.Name)), $"See: {help}")
                : Line(command.Name, "options and their values", $"'{unknown}'", $"See: {help}");
        }

        foreach (var option in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (WrongValue(option, help) is { } wrong)
            {
                return wrong;
            }
        }

        return parsed.Errors is not [var first, ..] ? null
            : command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is null or { Implicit: true })
                is { } missing ? Line(missing.Name, missing.Description!, "none", $"See: {help}")
            : needsSubcommand ? WrongCommand(command, "none", "", help)
            : command.Arguments.FirstOrDefault(argument =>
                argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 })
                is { } without ? Line(command.Name, without.Description!, "none", $"See: {help}")
            : $"{first.Message} See: {help}";
    }

    private static IEnumerable<string> OptionsTakenForArguments(CommandResult result) => result.Children
        .OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens)
        .Select(token => token.Value)
        .Where(text => text.StartsWith("--", StringComparison.Ordinal));

    private static string? WrongValue(OptionResult option, string help)
    {
        var tokens = option.Tokens.Select(token => token.Value).ToArray();
        var type = Nullable.GetUnderlyingType(option.Option.ValueType) ?? option.Option.ValueType;
        var rule = type.IsPrimitive ? OptionText.NameOf(type) : "a value";
        return option.Implicit ? null
            : tokens.Contains("") ? Line(option.Option.Name, rule, "nothing", $"See: {help}")
            : !option.Errors.Any() ? null
            : tokens.Length == 0 ? Line(option.Option.Name, rule, "nothing", $"See: {help}")
            : tokens.Length > 1 ? Line(option.Option.Name, "one value", string.Join(" and ", tokens.Select(text => $"'{text}'")),
                "Give it once.")
            : Line(option.Option.Name, rule, $"'{tokens[0]}'", "Give another value.");
    }

    private static string WrongCommand(Command parent, string got, string word, string help)
    {
        var names = parent.Subcommands.Select(command => command.Name).ToArray();
        return Line(
            parent is RootCommand ? "command" : parent.Name, $"one of {string.Join(", ", names)} first", got,
            Spelling.DidYouMean(word, names), $"See: {help}");
    }

    /// <summary>The words that choose a command, from the outermost.</summary>
    internal static IEnumerable<string> WordsOf(CommandResult result) => result.Command is RootCommand
        ? []
        : [.. result.Parent is CommandResult parent ? WordsOf(parent) : [], result.Command.Name];

    private static string Line(string subject, string rule, string got, params IEnumerable<string> advice) =>
        $"{subject}: expected {rule}; got {got}. {string.Join(' ', advice.Where(text => text.Length > 0))}";
}
