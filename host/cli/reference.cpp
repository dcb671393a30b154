// reference.cpp - the manual page and the completions, written from the table of options when Lina is built.
#include <sstream>

#include "options.hpp"

namespace lina_cli {

namespace {

std::string replace(std::string text, const std::string &from, const std::string &to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

// ---- the manual page ----------------------------------------------------------------------------

std::string roff(const std::string &text) {
    return replace(replace(text, "\\", "\\e"), "-", "\\-");
}

void describe(std::ostringstream &out, const Subcommand &subcommand) {
    for (const OptionInfo &option : subcommand.options) {
        out << ".TP\n.B " << roff("--" + option.name);
        if (option.takes_value)
            out << " \\fIVALUE\\fR";
        out << "\n" << roff(option.description) << ".\n";
    }
}

std::string manual(const Command &command) {
    std::ostringstream out;
    out << ".TH LINA 1 \"\" \"lina " << lina_version() << "\" \"User Commands\"\n"
        << ".SH NAME\nlina \\- run scripts of many languages over one shared arena\n"
        << ".SH SYNOPSIS\n.B lina run\n[\\fIOPTION\\fR...] \\fISCRIPT\\fR... [\\fB\\-\\-\\fR "
           "\\fIPROGRAM\\fR...]\n.br\n.B lina doctor\n[\\fB\\-\\-json\\fR]\n"
        << ".br\n.B lina bridge\n[\\fB\\-\\-status\\fR [\\fB\\-\\-json\\fR]] "
           "[\\fIbridge.toml\\fR]\n"
        << ".SH DESCRIPTION\n"
        << roff(command.description()) << ".\n"
        << ".SH OPTIONS OF LINA RUN\n";
    describe(out, command.subcommand("run"));
    out << ".SH OPTIONS OF LINA DOCTOR\n";
    describe(out, command.subcommand("doctor"));
    out << ".SH OPTIONS OF LINA BRIDGE\n";
    describe(out, command.subcommand("bridge"));
    out << ".SH EXAMPLES\n.nf\n" << roff(command.subcommand("run").footer) << "\n.fi\n";
    out << ".SH FILES\n.TP\n.I lina.toml\nThe options by their long names, and the list\n.BR "
           "scripts .\n";
    return out.str();
}

// ---- completions --------------------------------------------------------------------------------

std::string bash(const Command &command) {
    std::ostringstream out;
    out << "# bash completion of lina\n_lina() {\n    local word=${COMP_WORDS[COMP_CWORD]} "
           "options=\n"
        << "    case ${COMP_WORDS[1]} in\n";
    for (const Subcommand &subcommand : command.subcommands()) {
        out << "    " << subcommand.name << ") options=\"";
        for (const OptionInfo &option : subcommand.options)
            out << "--" << option.name << " ";
        out << "\" ;;\n";
    }
    out << "    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n"
        << "        mapfile -t COMPREPLY < <(compgen -W \"run doctor bridge --help --version\" -- "
           "\"$word\")\n"
        << "    elif [[ $word == -* ]]; then\n"
        << "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
        << "    else\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\n"
        << "complete -o filenames -F _lina lina\n";
    return out.str();
}

std::string zsh_text(const std::string &text) {
    std::string escaped = replace(replace(text, "[", "\\["), "]", "\\]");
    return replace(replace(escaped, ":", "\\:"), "'", "'\\''");
}

std::string zsh(const Command &command) {
    std::ostringstream out;
    out << "#compdef lina\nif (( CURRENT == 2 )); then\n    _values command";
    for (const Subcommand &subcommand : command.subcommands())
        out << " '" << subcommand.name << "[" << zsh_text(subcommand.description) << "]'";
    out << "\n    return\nfi\ncase $words[2] in\n";
    for (const Subcommand &subcommand : command.subcommands()) {
        out << subcommand.name << ")\n    shift words\n    (( CURRENT-- ))\n    _arguments";
        for (const OptionInfo &option : subcommand.options)
            out << " \\\n        '*--" << option.name << "[" << zsh_text(option.description) << "]"
                << (option.takes_value ? ":value:_files'" : "'");
        out << " \\\n        '*:script:_files'\n    ;;\n";
    }
    out << "esac\n";
    return out.str();
}

std::string fish(const Command &command) {
    std::ostringstream out;
    auto quoted = [](const std::string &text) {
        return "'" + replace(replace(text, "\\", "\\\\"), "'", "\\'") + "'";
    };
    for (const Subcommand &subcommand : command.subcommands()) {
        out << "complete -c lina -n __fish_use_subcommand -f -a " << subcommand.name << " -d "
            << quoted(subcommand.description) << "\n";
        for (const OptionInfo &option : subcommand.options)
            out << "complete -c lina -n '__fish_seen_subcommand_from " << subcommand.name << "' -l "
                << option.name << (option.takes_value ? " -r" : "") << " -d "
                << quoted(option.description) << "\n";
    }
    return out.str();
}

} // namespace

std::string reference(const Command &command, const std::string &kind) {
    if (kind == "man")
        return manual(command);
    if (kind == "bash")
        return bash(command);
    if (kind == "zsh")
        return zsh(command);
    return kind == "fish" ? fish(command) : "";
}

} // namespace lina_cli
