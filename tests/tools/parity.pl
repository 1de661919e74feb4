#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Compare two QMP conversations, QEMU's and ours, for tests/guest/parity.t: parity.pl REQUESTS QEMU
# OURS. The shape of each answer must be the same: members and the JSON types of their values, the
# elements of an array taken together; the class of an error; the text of human-monitor-command with
# numbers blotted out; the data of events. Last, whether each command that both have was compared.
# Prints TAP without a plan.
use strict;
use warnings;
use JSON::PP;

# What QEMU's answers have and ours need not, and why.
my %may_lack = map { $_ => 1 } (
    'query-block[].inserted.image.backing-image',    # one format
    'query-cpu-definitions[].unavailable-features[]', # that is the hypervisor's to say
    'query-blockstats[].parent',                     # no graph of nodes
    'query-cpu-definitions[].alias-of',              # no versioned models
    'query-command-line-options[].parameters[]',     # words of options are not listed
    'query-machines[].alias', 'query-machines[].default-ram-id',
    'query-qmp-schema[].features', 'query-qmp-schema[].element-type',
    'query-commands[]', 'query-qmp-schema[].members[].features',
    'device-list-properties[].default-value', 'device-list-properties[].description',
    'qom-list[].default-value',
    'query-cpus-fast[].props.die-id', 'query-version.package',
    'query-rx-filter[].vlan-table[]',                # "all" is said without listing 4096
);
# What ours have and QEMU's need not.
my %may_have = map { $_ => 1 } (
    'query-cpu-definitions[].unavailable-features',  # QEMU leaves it out for some accelerators
    'device-list-properties[].default-value', 'device-list-properties[].description',
    'qom-list-types[].abstract',
);

# Commands that both have and that no request compares, and why.
my %not_compared = (
    'qmp_capabilities' => 'begins each conversation',
    'quit'             => 'ends it',
    'help'             => 'lists all commands of each',
    'q'                => 'the same',
    'info block'       => 'caches and paths are others',
    'info chardev'     => 'names of sockets and lines',
    'info irq'         => 'levels here, counts there',
    'info mtree'       => 'one row a region here, no tree',
    'info network'     => 'back ends describe themselves',
    'info pic'         => 'the layout follows the chips',
    'info qtree'       => 'buses are flat here',
    'info roms'        => 'names of files',
    'info registers'   => 'the test back end has no CPU; tests/qtest/test-monitor looks at it',
    'info version'     => 'the version',
    'memsave'          => 'the test back end has no CPU; tests/qtest/test-monitor looks at it',
    'x'                => 'the same',
    'log'              => 'there are no items here',
);

# Answers by id, and what data each kind of event had.
sub answers {
    my ($file) = @_;
    my (%by_id, %events);
    open my $in, '<', $file or die "$file: $!\n";
    while (my $line = <$in>) {
        my $o = eval { decode_json($line) } or next;
        $by_id{ $o->{id} } = $o if exists $o->{id};
        shape($o->{event}, $o->{data} // {}, $events{ $o->{event} } //= {}) if $o->{event};
    }
    return (\%by_id, \%events);
}

sub type_of {
    my ($v) = @_;
    return 'null' unless defined $v;
    return 'bool' if JSON::PP::is_bool($v);
    return 'object' if ref $v eq 'HASH';
    return 'array' if ref $v eq 'ARRAY';
    return encode_json([$v]) =~ /^\["/ ? 'string' : 'number';
}

# {path => type} of a value; elements of an array share the path "[]".
sub shape {
    my ($path, $v, $into) = @_;
    my $type = type_of($v);
    $into->{$path} = $type;
    if ($type eq 'object') { shape("$path.$_", $v->{$_}, $into) for keys %$v }
    if ($type eq 'array') { shape("${path}[]", $_, $into) for @$v }
    return $into;
}

sub allowed {
    my ($path, $list) = @_;
    # with all that is below an entry
    for (my $p = $path; length $p; ) {
        return 1 if $list->{$p};
        last unless $p =~ s/(\.[^.\[]+|\[\])$//;
    }
    return 0;
}

sub blot {
    my ($text) = @_;
    $text =~ s/\r//g;
    $text =~ s/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b/N/gi;
    $text =~ s/ +/ /g;
    $text =~ s/ idle_time_ns=N//; # not measured here
    return $text;
}

sub compare {
    my ($name, $q, $o) = @_;
    return ("no answer") unless $o;
    return ("QEMU gave no answer") unless $q;
    if ($q->{error} || $o->{error}) {
        my ($a, $b) = map { $_->{error} ? $_->{error}{class} : 'no error' } $q, $o;
        return $a eq $b ? () : ("QEMU: $a, ours: $b");
    }
    my ($a, $b) = ($q->{return}, $o->{return});
    if ($name eq 'human-monitor-command') {
        ($a, $b) = (blot($a), blot($b));
        return $a eq $b ? () : ("QEMU: $a", "ours: $b");
    }
    my ($x, $y) = (shape($name, $a, {}), shape($name, $b, {}));
    my @bad;
    for my $p (sort keys %$x) {
        if (!exists $y->{$p}) {
            push @bad, "lacks $p ($x->{$p})" unless allowed($p, \%may_lack);
        } elsif ($x->{$p} ne $y->{$p}) {
            push @bad, "$p is a $x->{$p} at QEMU, a $y->{$p} here";
        }
    }
    for my $p (sort keys %$y) {
        push @bad, "has $p" unless exists $x->{$p} || allowed($p, \%may_have);
    }
    return @bad;
}

sub result {
    my ($what, @bad) = @_;
    print @bad ? "not ok - $what\n" : "ok - $what\n";
    s/\n/\n#   /g for @bad;
    print "# $_\n" for @bad;
}

# Names out of query-commands, help and help info.
sub commands {
    my ($answers) = @_;
    my %names = map { $_->{name} => 1 } @{ $answers->{commands}{return} // [] };
    for my $line (map { split /\r\n/, $answers->{$_}{return} // '' } 'help', 'help info') {
        my ($info, $words) = $line =~ /^(info )?([a-z][\w-]*(?:\|[\w?-]+)*)/ or next;
        $names{ ($info // '') . $_ } = 1 for split /\|/, $words;
    }
    delete @names{ 'info', '?' }; # has its commands listed; another name of help
    return %names;
}

my ($requests, $qemu, $ours) = @ARGV;
my ($q, $q_events) = answers($qemu);
my ($o, $o_events) = answers($ours);
my %compared;
open my $in, '<', $requests or die "$requests: $!\n";
while (my $line = <$in>) {
    my $r = decode_json($line);
    next unless ($r->{id} // '') =~ /^\d+$/;
    my $name = $r->{execute};
    my $what = $name . ($r->{arguments} ? ' ' . JSON::PP->new->canonical->encode($r->{arguments}) : '');
    result($what, compare($name, $q->{ $r->{id} }, $o->{ $r->{id} }));
    $compared{$name} = 1;
    my @words = split ' ', $r->{arguments}{'command-line'} // '';
    $compared{$words[0]} = 1 if @words;
    $compared{"$words[0] $words[1]"} = 1 if @words > 1;
}
for my $event (sort keys %{ { %$q_events, %$o_events } }) {
    my ($x, $y) = ($q_events->{$event}, $o_events->{$event});
    my @bad = !$x ? 'QEMU has none' : !$y ? 'there is none' : ();
    @bad = map { "$_: QEMU: " . ($x->{$_} // 'none') . ', ours: ' . ($y->{$_} // 'none') }
        grep { ($x->{$_} // '') ne ($y->{$_} // '') } sort keys %{ { %$x, %$y } } unless @bad;
    result("event $event", @bad);
}
my %theirs = commands($q);
my %own = commands($o);
my @common = grep { $theirs{$_} } sort keys %own;
result('each of the ' . @common . ' commands that both have is compared, or there is a reason',
    @common ? map { "$_ is not" } grep { !$compared{$_} && !$not_compared{$_} } @common : 'there is none');
