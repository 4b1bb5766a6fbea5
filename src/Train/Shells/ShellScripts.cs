namespace IlgpuVq.Train.Shells;

/// <summary>What a shell runs to complete the program's command lines: each asks the program, whose name is the first word, by
/// <c>[suggest:POSITION] "REST OF THE LINE"</c>, which prints a suggestion a line. Where there is none, files are
/// completed.</summary>
internal static class ShellScripts
{
    private const string Bash = """
        # Completion for bash:  eval "$(ilgpuvq completion bash)"
        _ilgpuvq() {
            local program=${COMP_WORDS[0]/#\~\//$HOME/} current=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} word
            COMPREPLY=()
            line=${line#*"${COMP_WORDS[0]}"}
            line=${line#"${line%%[![:space:]]*}"}
            [[ $current == = ]] && current=
            # Of --option=value, bash completes the value alone.
            word=${line##*[[:space:]]}
            if [[ $word == --*=* ]]; then
                line="${line%"$word"}${word%%=*} ${word#*=}"
            elif [[ $word == *=* ]]; then
                return 0
            fi
            while IFS= read -r word; do
                [[ $word == "$current"* ]] && COMPREPLY+=("$(printf %q "$word")")
            done < <("$program" "[suggest:${#line}]" "$line" 2> /dev/null)
            [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2> /dev/null
            return 0
        }
        complete -o default -F _ilgpuvq ilgpuvq IlgpuVq

        """;

    private const string Zsh = """
        #compdef ilgpuvq IlgpuVq
        # Completion for zsh:  source <(ilgpuvq completion zsh)
        _ilgpuvq() {
            local line="${(j: :)words[2,CURRENT-1]}" typed="$PREFIX"
            [[ -n $line ]] && line+=" "
            if [[ $PREFIX == --*=* ]]; then
                typed="${PREFIX%%=*} ${PREFIX#*=}"
                compset -P '*='
            fi
            line+="$typed"
            local -a suggestions
            suggestions=("${(@f)$("${~words[1]}" "[suggest:${#line}]" "$line" 2> /dev/null)}")
            suggestions=(${suggestions:#})
            compadd -a suggestions || _files
        }
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
        compdef _ilgpuvq ilgpuvq IlgpuVq

        """;

    private const string Fish = """
        # Completion for fish:  ilgpuvq completion fish | source
        function __ilgpuvq_complete
            set -l typed (commandline -ct)
            set -l option (string match -r '^--[^=]*=' -- $typed)
            set -l words (commandline -opc) (string replace -r '^(--[^=]*)=' '$1 ' -- $typed)
            set -l program $words[1]
            set -l line (string join ' ' -- $words[2..-1])
            set -l suggestions ($program "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null)
            set -q suggestions[1]; and printf '%s\n' "$option"$suggestions
        end
        complete -c ilgpuvq -a '(__ilgpuvq_complete)'
        complete -c IlgpuVq -a '(__ilgpuvq_complete)'

        """;

    private const string PowerShell = """
        # Completion for PowerShell:  ilgpuvq completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName ilgpuvq, IlgpuVq -ScriptBlock {
            param($word, $ast, $position)
            $program = $ast.CommandElements[0].Extent
            $text = $ast.ToString().PadRight($position - $ast.Extent.StartOffset)
            $text = $text.Substring(0, $position - $ast.Extent.StartOffset)
            $line = $text.Substring($program.EndOffset - $program.StartOffset).TrimStart()
            $option = ''
            if ($line -match '(^|\s)(--[^\s=]+)=(\S*)$') {
                $option = $Matches[2] + '='
                $line = $line.Substring(0, $line.Length - $Matches[3].Length - 1) + ' ' + $Matches[3]
            }
            & $program.Text "[suggest:$($line.Length)]" $line 2> $null | ForEach-Object { "$option$_" } |
                Where-Object { $_.StartsWith($word, 'Ordinal') } | ForEach-Object {
                    $text = $_ -match '[^\w/\\.:=+~-]' ? "'" + $_.Replace("'", "''") + "'" : $_
                    [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
                }
        }

        """;

    /// <summary>The shells.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script of a shell; null for one that is not known.</summary>
    public static string? Of(string shell) => (shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        _ => null,
    })?.ReplaceLineEndings("\n");
}
