#!/bin/sh
# Draws the password of NATS and the cluster's secret, once, into ./secrets, which is not for git.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
password=$(random)
printf '%s' "$password" > secrets/nats-password
random > secrets/cluster-secret
cat > secrets/nats-users.conf <<EOF
authorization {
  users: [
    {
      user: signaling
      password: "$password"
      permissions: {
        publish: "fugitive.sig.>"
        subscribe: "fugitive.sig.>"
      }
    }
  ]
}
EOF
# The containers read them as users of their own.
chmod 755 secrets
chmod 644 secrets/*
