#!/bin/sh
echo hello from the variant
